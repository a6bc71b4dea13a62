#include "service/store/postgresql_sqlstate.h"

static const struct {
    const char *prefix;
    struct sqlstate_meaning meaning;
} meanings[] = {
    {"40003", {STATUS_UNAVAILABLE, true}},          /* statement completion unknown */
    {"40", {STATUS_ABORTED, false}},                /* serialization failure, deadlock */
    {"23505", {STATUS_ABORTED, false}},             /* unique violation: somebody else has inserted the row */
    {"08", {STATUS_UNAVAILABLE, true}},             /* connection */
    {"0A000", {STATUS_UNAVAILABLE, true}},          /* a plan that does not fit its table any more, in the main */
    {"26", {STATUS_UNAVAILABLE, true}},             /* the prepared statements are gone */
    {"25006", {STATUS_UNAVAILABLE, true}},          /* read-only: not the primary */
    {"25P03", {STATUS_UNAVAILABLE, true}},          /* transaction idle for too long */
    {"42501", {STATUS_FAILED_PRECONDITION, false}}, /* no right to do that */
    {"42P07", {STATUS_ABORTED, false}},             /* table exists: somebody else has made it */
    {"53", {STATUS_UNAVAILABLE, false}},            /* disk full, no memory, too many connections */
    {"54", {STATUS_RESOURCE_EXHAUSTED, false}},     /* program limits */
    {"55", {STATUS_UNAVAILABLE, false}},            /* lock not available */
    {"57", {STATUS_UNAVAILABLE, false}},            /* statement timeout, shutting down, starting up */
    {"58", {STATUS_UNAVAILABLE, false}},            /* I/O */
    {"XX001", {STATUS_DATA_LOSS, false}},
    {"XX002", {STATUS_DATA_LOSS, false}},
    {"", {STATUS_INTERNAL, false}},
};

const struct sqlstate_meaning *sqlstate_meaning(const char *sqlstate)
{
    size_t i = 0;
    while (strncmp(sqlstate, meanings[i].prefix, strlen(meanings[i].prefix)) != 0)
        i++;
    return &meanings[i].meaning;
}
