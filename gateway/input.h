/* What the programs read when they start: descriptor sets from files, a message from stdin. */
#ifndef GATEWAY_INPUT_H
#define GATEWAY_INPUT_H

#include <stdio.h>

#include "base/buf.h"
#include "base/status.h"
#include "gateway/schema/schema.h"

/* Appends all of the stream, which error messages call `name`. RESOURCE_EXHAUSTED when the buf is too small for it. */
MUST_USE bool input_read_stream(FILE *stream, const char *name, struct buf *out, struct status *st);

/* Reads and compiles a descriptor set. The caller destroys *ret_schema. */
MUST_USE bool input_load_schema(const char *path, struct schema **ret_schema, struct status *st);

#endif
