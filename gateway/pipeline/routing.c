#include "gateway/pipeline/routing.h"

bool routing_find(const struct api *api, struct view http_method, struct view path, struct arena *arena,
                  struct router_match *ret_match, struct refusal *refusal)
{
    *refusal = (struct refusal){.http_status = 0};
    switch (router_find(api->endpoints->router, http_method, path, arena, ret_match, &refusal->status)) {
    case ROUTER_FOUND: return true;
    case ROUTER_WRONG_METHOD:
        refusal->allow = arena_copy(arena, ret_match->allow);
        refusal->http_status = HTTP_STATUS_METHOD_NOT_ALLOWED;
        return false;
    default: return false;
    }
}
