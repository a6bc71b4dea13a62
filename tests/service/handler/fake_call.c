#include "tests/service/handler/fake_call.h"

#include <stdio.h>
#include <stdlib.h>

#include "service/limits.h"

void fake_call_init(struct server_call *call)
{
    *call = (struct server_call){.cancelled = false};
    arena_init(&call->arena, SERVER_ARENA_BYTES_MAX);
    sem_init(&call->answered, 0, 0);
}

void fake_call_free(struct server_call *call)
{
    free((char *)call->reply.data);
    sem_destroy(&call->answered);
    arena_free(&call->arena);
}

void fake_call_wait(struct server_call *call)
{
    while (sem_wait(&call->answered) != 0)
        ;
}

void fake_call_reply(const ProtobufCMessage *message, void *closure_data)
{
    struct server_call *call = closure_data;
    size_t len = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(len + 1);
    call->reply = view_make((char *)bytes, protobuf_c_message_pack(message, bytes));
    status_clear(&call->st);
    call->answers++;
    sem_post(&call->answered);
}

void server_call_fail(struct server_call *call, const struct status *st)
{
    call->st = *st;
    call->answers++;
    sem_post(&call->answered);
}

struct arena *server_call_arena(struct server_call *call)
{
    return &call->arena;
}

bool server_call_cancelled(const struct server_call *call)
{
    return call->cancelled;
}

struct view server_call_metadata(const struct server_call *call, const char *key, size_t index)
{
    for (size_t i = 0; i < FAKE_METADATA_MAX && call->metadata[i].key; i++)
        if (strcmp(call->metadata[i].key, key) == 0 && index-- == 0)
            return view_of(call->metadata[i].value);
    return (struct view){0};
}

void server_call_set_metadata(struct server_call *call, const char *key, struct view value)
{
    if (strcmp(key, "etag") == 0)
        snprintf(call->etag, sizeof(call->etag), "%.*s", VIEW_ARG(value));
}
