/* The schemas of this folder's protos, from the descriptor sets that the build made of them. */
#ifndef TESTS_GATEWAY_PIPELINE_LIBRARY_SCHEMA_H
#define TESTS_GATEWAY_PIPELINE_LIBRARY_SCHEMA_H

#include "codec/schema/schema.h"
#include "gateway/api/api.h"

/* By the name of the .proto file: "library". The test fails when it cannot be loaded. */
struct schema *library_schema_load(const char *name);

/* What is served of one of them; the caller holds it. */
struct api *library_api_create(const char *name, bool ignore_unknown_query);

#endif
