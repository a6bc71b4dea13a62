/*
 * Messages that were compressed with gzip or deflate (zlib's format, as HTTP calls it), as gRPC's clients send them.
 *
 * Core could do this itself, but knows no limit: four megabytes of input would become four gigabytes before it looks.
 *
 * Errors   RESOURCE_EXHAUSTED: the message is larger than bytes_max, at which it was given up, or there is no memory. INTERNAL,
 *          as gRPC has it: the bytes are no whole compressed message.
 * Threads  Stateless.
 */
#ifndef SERVICE_SERVER_INFLATE_H
#define SERVICE_SERVER_INFLATE_H

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

/* The message, which the caller frees. */
MUST_USE bool inflate_message(struct view compressed, size_t bytes_max, struct buf *ret_message, struct status *st);

#endif
