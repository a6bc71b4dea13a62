#include "gateway/api/api_use.h"

#include <stdlib.h>

static void end_unless_used(struct api_use *use)
{
    if (use->is_current || use->requests)
        return;
    api_release(use->api);
    free(use);
}

bool api_current_set(struct api_current *current, struct api *api)
{
    struct api_use *use = malloc(sizeof(*use));
    if (!use)
        return false;
    api_hold(api);
    *use = (struct api_use){.api = api, .is_current = true};
    api_current_clear(current);
    current->use = use;
    return true;
}

void api_current_clear(struct api_current *current)
{
    if (!current->use)
        return;
    current->use->is_current = false;
    end_unless_used(current->use);
    current->use = NULL;
}

void api_use_leave(struct api_use *use)
{
    use->requests--;
    end_unless_used(use);
}
