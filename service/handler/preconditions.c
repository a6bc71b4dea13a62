/* Requests without conditions, which are most, cost a look at their few metadata. */
#include "service/handler/preconditions.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/entity_tag.h"

#define IF_MATCH      "if-match"
#define IF_NONE_MATCH "if-none-match"

/* Room for an etag and its terminator. */
struct etag {
    char text[1 + 16 + 1 + 1];
};

static struct etag etag_of(int64_t version)
{
    struct etag etag;
    snprintf(etag.text, sizeof(etag.text), "\"%016" PRIx64 "\"", (uint64_t)version);
    return etag;
}

static bool check_syntax(const struct server_call *call, const char *key, struct status *st)
{
    struct view list;
    for (size_t i = 0; (list = server_call_metadata(call, key, i)).data; i++)
        if (!entity_tag_list_is_valid(list))
            return status_fail(st, STATUS_INVALID_ARGUMENT,
                               "%s: expected * or a list of etags in double quotes, got %.*s", key, VIEW_ARG(list));
    return true;
}

bool preconditions_read(const struct server_call *call, struct preconditions *ret_preconditions, struct status *st)
{
    struct view list;
    bool must_be_absent = false;
    if (!check_syntax(call, IF_MATCH, st) || !check_syntax(call, IF_NONE_MATCH, st))
        return false;
    for (size_t i = 0; (list = server_call_metadata(call, IF_NONE_MATCH, i)).data; i++)
        must_be_absent |= entity_tag_list_is_any(list);
    *ret_preconditions = (struct preconditions){call, must_be_absent};
    return true;
}

/* Whether any list of this key has the version. ret_given: whether there is a list. */
static bool is_listed(const struct server_call *call, const char *key, int64_t version,
                      enum entity_tag_comparison comparison, bool *ret_given)
{
    struct etag etag = etag_of(version);
    struct view list = server_call_metadata(call, key, 0);
    *ret_given = list.data;
    for (size_t i = 1; list.data; list = server_call_metadata(call, key, i++))
        if (version && entity_tag_list_has(list, view_of(etag.text), comparison))
            return true;
    return false;
}

static bool refuse(struct status *st, const char *key, struct view id, int64_t version)
{
    if (!version)
        return status_fail(st, STATUS_ABORTED, "%s: there is no track \"%.*s\"", key, VIEW_ARG(id));
    return status_fail(st, STATUS_ABORTED, "%s: the etag of track \"%.*s\" is %s", key, VIEW_ARG(id),
                       etag_of(version).text);
}

bool preconditions_check_match(const struct preconditions *preconditions, struct view id, int64_t version,
                               struct status *st)
{
    bool given;
    bool listed = is_listed(preconditions->call, IF_MATCH, version, ENTITY_TAG_STRONG, &given);
    return !given || listed || refuse(st, IF_MATCH, id, version);
}

bool preconditions_check(const struct preconditions *preconditions, struct view id, int64_t version, struct status *st)
{
    bool given;
    if (!preconditions_check_match(preconditions, id, version, st))
        return false;
    return !is_listed(preconditions->call, IF_NONE_MATCH, version, ENTITY_TAG_WEAK, &given) ||
           refuse(st, IF_NONE_MATCH, id, version);
}

void preconditions_send_etag(struct server_call *call, int64_t version)
{
    struct etag etag = etag_of(version);
    server_call_set_metadata(call, "etag", view_of(etag.text));
}
