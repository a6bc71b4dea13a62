/*
 * Which tracks a ListTracks wants: those that fit every filter which is given.
 *
 * A track's field that is absent counts as its default: "" or false, and `standard` as its type.
 *
 * Cost     A walk over the track's own fields, whose contents are skipped; nothing when no filter is given.
 */
#ifndef SERVICE_HANDLER_TRACK_FILTER_H
#define SERVICE_HANDLER_TRACK_FILTER_H

#include "base/view.h"
#include "soundcheck/v1/tracks.pb-c.h"

/* Whether an encoded track fits the filters of the request. */
bool track_filter_fits(const Soundcheck__V1__ListTracksRequest *request, struct view track);

#endif
