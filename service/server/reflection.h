/*
 * Server reflection, grpc.reflection.v1 and v1alpha: what services the server has, and the descriptors to call them with,
 * for clients that come without the .proto files.
 *
 * Answers  All questions of the protocol, about the files of a descriptor set and those of their services that were added to
 *          the server. A file comes with all that it imports, itself first. What does not exist is an error_response with
 *          NOT_FOUND, and the stream goes on; a question that cannot be read ends it with INVALID_ARGUMENT.
 * Flow     reflection_create(), which adds both versions; reflection_destroy() after the server.
 * Limits   Names have at most 512 bytes.
 * Threads  Const after create.
 * Source   https://github.com/grpc/grpc/blob/master/doc/server-reflection.md
 */
#ifndef SERVICE_SERVER_REFLECTION_H
#define SERVICE_SERVER_REFLECTION_H

#include "base/status.h"
#include "base/view.h"
#include "service/server/server.h"

struct reflection;

/* Adds the services to the server. Before server_start(). `descriptors` is a FileDescriptorSet, and not kept. */
MUST_USE bool reflection_create(struct server *server, struct view descriptors, struct reflection **ret_reflection,
                                struct status *st);

/* NULL is fine. */
void reflection_destroy(struct reflection *reflection);

#endif
