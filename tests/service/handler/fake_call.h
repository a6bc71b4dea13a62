/*
 * A call without a server: stands in for service/server, so that methods can be run and their answers looked at.
 *
 *     struct server_call call;
 *     fake_call_init(&call);
 *     soundcheck__v1__track_service__get_track(service, &request, (…_Closure)fake_call_reply, &call);
 *     fake_call_wait(&call);
 *     … call.st, call.reply …
 *     fake_call_free(&call);
 */
#ifndef TESTS_SERVICE_HANDLER_FAKE_CALL_H
#define TESTS_SERVICE_HANDLER_FAKE_CALL_H

#include <semaphore.h>

#include "service/server/server.h"

#define FAKE_METADATA_MAX 4

struct fake_metadata {
    const char *key;
    const char *value;
};

struct server_call {
    struct arena arena;
    bool cancelled;                                   /* set by the test */
    struct fake_metadata metadata[FAKE_METADATA_MAX]; /* the client's; set by the test */
    struct status st;                                 /* OK when there is a reply */
    struct view reply;                                /* encoded, as it would be sent; in the arena's lifetime */
    char etag[64];                                    /* what is sent as such, or empty */
    int answers;                                      /* one */
    sem_t answered;
};

void fake_call_init(struct server_call *call);
void fake_call_free(struct server_call *call);

/* Until the call was answered. */
void fake_call_wait(struct server_call *call);

/* The closure of every method, to be cast. */
void fake_call_reply(const ProtobufCMessage *message, void *closure_data);

#endif
