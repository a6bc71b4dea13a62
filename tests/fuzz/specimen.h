/* The schema of specimen.proto, built into the program, loaded once and kept until it ends. */
#ifndef TESTS_FUZZ_SPECIMEN_H
#define TESTS_FUZZ_SPECIMEN_H

#include "codec/schema/schema.h"
#include "codec/transcode/transcode.h"

/* The encoded FileDescriptorSet. */
struct view specimen_descriptors(void);

const struct schema *specimen_schema(void);

/* A message of it, which must exist: "fuzz.Specimen". */
const struct schema_message *specimen_find(const char *full_name);

/* The standard mapping, and Any finds its types in specimen_schema(). */
struct transcode_options specimen_options(void);

#endif
