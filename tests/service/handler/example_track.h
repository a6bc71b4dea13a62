/* A track with something in every kind of field, to be changed by a test. */
#ifndef TESTS_SERVICE_HANDLER_EXAMPLE_TRACK_H
#define TESTS_SERVICE_HANDLER_EXAMPLE_TRACK_H

#include "soundcheck/v1/tracks.pb-c.h"

#define EXAMPLE_FILTER_KEYS 3

/* The messages that the track points to. */
struct example_track {
    Soundcheck__V1__Track track;
    Soundcheck__V1__Track__Level level;
    Soundcheck__V1__Track__Level *levels[1];
    Soundcheck__V1__Track__Check check;
    Soundcheck__V1__Track__Check *checks[1];
    Google__Protobuf__Struct filter;
    Google__Protobuf__Struct__FieldsEntry entries[EXAMPLE_FILTER_KEYS];
    Google__Protobuf__Struct__FieldsEntry *fields[EXAMPLE_FILTER_KEYS];
    Google__Protobuf__Value values[EXAMPLE_FILTER_KEYS];
};

/* Keeps the id. The struct must stay where it is. */
void example_track_init(struct example_track *example, const char *id);

#endif
