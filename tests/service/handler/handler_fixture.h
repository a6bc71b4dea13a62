/*
 * A handler on a store, with a clock that the test sets; calls of its methods, and what their answers are compared with.
 *
 *     static void deletes_a_track(void **state)
 *     {
 *         struct fixture *fixture = *state;
 *         create_some(fixture, 1, (const char *[]){"a"});
 *         assert_true(remove_track(fixture, "a"));
 *     }
 *
 *     int main(void)
 *     {
 *         static struct CMUnitTest tests[] = {EACH(deletes_a_track)};
 *         return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
 *     }
 *
 * Memory   A reply is in its call's arena: until the next call.
 */
#ifndef TESTS_SERVICE_HANDLER_HANDLER_FIXTURE_H
#define TESTS_SERVICE_HANDLER_HANDLER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "google/rpc/status.pb-c.h"
#include "service/handler/handler.h"
#include "tests/service/handler/example_track.h"
#include "tests/service/handler/fake_call.h"

/* The clock. Each test begins at FIRST_TIME. */
extern int64_t now_ms;
#define FIRST_TIME "2024-05-01T10:00:00.123Z"

struct fixture {
    char directory[512];
    struct store *store;
    struct handler handler;
    ProtobufCService *service;
    struct fake_metadata metadata[FAKE_METADATA_MAX]; /* of the next call */
    struct server_call call;                          /* the latest */
    struct example_track example;                     /* "a" */
};

int handler_setup(void **state);
int handler_teardown(void **state);

#define EACH(test)                                                                                                     \
    {                                                                                                                  \
#test, test, handler_setup, handler_teardown, NULL                                                             \
    }

/* Each test once on each kind of store. Returns how many failed. */
int run_on_every_store(struct CMUnitTest *tests, size_t count);

/* ---- Calls: each returns the reply, or NULL when the call failed ---- */

/* Gives the next call of the functions below a key and a value, which must live until then. */
void with(struct fixture *fixture, const char *key, const char *value);

Soundcheck__V1__Track *get(struct fixture *fixture, const char *id);
Soundcheck__V1__ListTracksResponse *list(struct fixture *fixture, size_t count, const char *const *ids);
Soundcheck__V1__ListTracksResponse *list_as(struct fixture *fixture, const Soundcheck__V1__ListTracksRequest *request);
Soundcheck__V1__CreateTracksResponse *create(struct fixture *fixture, size_t count, Soundcheck__V1__Track **tracks);
Soundcheck__V1__CreateTracksResponse *create_as(struct fixture *fixture,
                                                const Soundcheck__V1__CreateTracksRequest *request);
Soundcheck__V1__Track *update(struct fixture *fixture, const char *id, const Soundcheck__V1__Track *track);
Soundcheck__V1__Track *update_as(struct fixture *fixture, const Soundcheck__V1__UpdateTrackRequest *request);
bool remove_track(struct fixture *fixture, const char *id);

/* Copies of the example under these ids, at most 16. */
void create_some(struct fixture *fixture, size_t count, const char *const *ids);

/* The parts of a call, for tests that change it before it begins. */
void begin(struct fixture *fixture);
void begin_update(struct fixture *fixture, const Soundcheck__V1__UpdateTrackRequest *request);
Soundcheck__V1__Track *finish_update(struct fixture *fixture);

/* ---- What is expected ---- */

void expect_failure(const struct fixture *fixture, enum status_code code, const char *message);

/* The same but for the stamps, which are of these times. */
void expect_track(const Soundcheck__V1__Track *track, const Soundcheck__V1__Track *sent, const char *created_at,
                  const char *updated_at);

void expect_ids(const Soundcheck__V1__ListTracksResponse *reply, size_t count, const char *const *ids);

/* INVALID_ARGUMENT, with "field: description" of every violation, one a line. */
void expect_violations(const struct fixture *fixture, const char *expected);

/* The details of the latest call; the caller frees them with google__rpc__status__free_unpacked(). */
Google__Rpc__Status *read_details(const struct fixture *fixture);

#endif
