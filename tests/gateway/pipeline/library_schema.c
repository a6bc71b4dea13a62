#include "tests/gateway/pipeline/library_schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
/* after the above */
#include <cmocka.h>

#include "codec/schema/schema_file.h"

struct schema *library_schema_load(const char *name)
{
    char path[256];
    struct schema *schema;
    struct status st;
    snprintf(path, sizeof(path), "tests/gateway/pipeline/%s_descriptors.binpb", name);
    if (!schema_load_file(path, &schema, &st))
        fail_msg("%s", st.message);
    return schema;
}

struct api *library_api_create(const char *name, bool ignore_unknown_query)
{
    const struct transcode_options json = {0};
    struct api *api;
    struct status st;
    if (!api_create(library_schema_load(name), &json, ignore_unknown_query, false, &api, &st))
        fail_msg("%s", st.message);
    return api;
}
