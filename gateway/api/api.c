#include "gateway/api/api.h"

#include <stdlib.h>

bool api_create(struct schema *schema, const struct transcode_options *json, bool ignore_unknown_query,
                bool skip_streaming, struct api **ret_api, struct status *st)
{
    struct api *api = calloc(1, sizeof(*api));
    if (!api) {
        schema_destroy(schema);
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for the methods");
    }
    api->holders = 1;
    api->schema = schema;
    api->json = *json;
    api->json.schema = schema;
    api->ignore_unknown_query = ignore_unknown_query;
    if (!endpoint_set_create(schema, skip_streaming, &api->endpoints, st)) {
        api_release(api);
        return false;
    }
    *ret_api = api;
    return true;
}

void api_hold(struct api *api)
{
    atomic_fetch_add_explicit(&api->holders, 1, memory_order_relaxed);
}

void api_release(struct api *api)
{
    if (!api || atomic_fetch_sub_explicit(&api->holders, 1, memory_order_acq_rel) > 1)
        return;
    endpoint_set_destroy(api->endpoints);
    schema_destroy(api->schema);
    free(api);
}
