/* A schema from a descriptor file, as programs get it from their --descriptors flag. The only part of the schema that does I/O. */
#ifndef CODEC_SCHEMA_SCHEMA_FILE_H
#define CODEC_SCHEMA_SCHEMA_FILE_H

#include "base/status.h"
#include "codec/schema/schema.h"

/*
 * Reads the file whole and compiles it: see schema_load(). A file that cannot be opened is NOT_FOUND, one that cannot be read is
 * UNAVAILABLE, and every message begins with the path. The caller destroys *ret_schema.
 */
MUST_USE bool schema_load_file(const char *path, struct schema **ret_schema, struct status *st);

#endif
