#include "service/store/store_backend.h"

struct store_kind {
    struct view prefix;
    bool (*open)(const char *rest, struct store **ret_store, struct status *st);
};

static const struct store_kind kinds[] = {
    {VIEW("sqlite:"), store_sqlite_open},
    {VIEW("postgresql:"), store_postgresql_open},
    {VIEW("postgres:"), store_postgresql_open},
    {VIEW("memory:"), store_memory_open},
};

bool store_open(const char *uri, struct store **ret_store, struct status *st)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (view_starts_with(view_of(uri), kinds[i].prefix))
            return kinds[i].open(uri + kinds[i].prefix.len, ret_store, st);
    /* The URI is not repeated, as there are passwords in some. */
    return status_fail(st, STATUS_INVALID_ARGUMENT, "expected sqlite:PATH, postgresql://… or memory:");
}

void store_close(struct store *store)
{
    if (store)
        store->methods->close(store);
}

void store_read(struct store *store, struct store_read *read)
{
    store->methods->read(store, read);
}

void store_write(struct store *store, struct store_write *write)
{
    store->methods->write(store, write);
}

bool store_is_available(const struct store *store)
{
    return availability_get(&store->availability);
}

void store_watch(struct store *store, store_watcher *watcher, void *ctx)
{
    availability_watch(&store->availability, watcher, ctx);
}
