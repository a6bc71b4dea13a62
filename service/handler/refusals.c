#include "service/handler/refusals.h"

#include "service/validate/violations.h"

void refuse_empty_track_id(struct server_call *call)
{
    struct status st;
    struct violations violations;
    violations_init(&violations, server_call_arena(call));
    struct field_path path = field_path_name(NULL, "trackId");
    violations_add(&violations, &path, "required, must not be empty");
    if (!violations_status(&violations, &st))
        server_call_fail(call, &st);
}

void refuse_for_memory(struct server_call *call)
{
    struct status st;
    status_fail(&st, STATUS_RESOURCE_EXHAUSTED, "the call takes more memory than is allowed for one");
    server_call_fail(call, &st);
}

bool refuse_missing_track(struct status *st, struct view id)
{
    return status_fail(st, STATUS_NOT_FOUND, "there is no track \"%.*s\"", VIEW_ARG(id));
}

bool refuse_when_cancelled(struct status *st, const struct server_call *call)
{
    return server_call_cancelled(call) &&
           !status_fail(st, STATUS_CANCELLED, "nobody waited for the answer any more, nothing was changed");
}
