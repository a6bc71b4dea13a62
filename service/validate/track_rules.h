/*
 * The rules of a track beyond its types, as protos/soundcheck/v1/tracks.proto words them.
 *
 *     id, checks[].id                        required, at most TRACK_ID_BYTES_MAX
 *     name                                   required, at most TRACK_NAME_CHARACTERS_MAX characters
 *     description                            required
 *     ownerEntityRef                         required, an entity reference
 *     levels                                 at least one; ordinals 0 or more and unique
 *     filter, exclude (of a track, a check)  records of string or string[]
 *     exclude                                only with a filter: a check's may lean on the track's
 *     documentationURL                       not of a scriptable scheme
 *     startDate, targetCompletionDate        ISO 8601; the target not before the start, where a date lasts its whole day
 *     milestones                             objects
 *     type, badgeType, badges' type          a declared number
 *
 * and no text longer than service/limits.h allows. createdAt and updatedAt are not looked at: the service replaces them.
 * That strings are UTF-8 without NUL and nesting is bounded was checked on the bytes, before there was a message.
 *
 * Cost     One pass over the fields; sorts ordinals.
 */
#ifndef SERVICE_VALIDATE_TRACK_RULES_H
#define SERVICE_VALIDATE_TRACK_RULES_H

#include "service/validate/violations.h"
#include "soundcheck/v1/tracks.pb-c.h"

/* Adds what is wrong with the track. `path` is where it stands in the request, NULL when its fields are the request's. */
void track_rules_check(const Soundcheck__V1__Track *track, const struct field_path *path,
                       struct violations *violations);

#endif
