/*
 * What a kind of store is made of, and the list of them. Only store.c and the kinds themselves include this.
 *
 * A new kind embeds `struct store` as its first member, implements the methods, keeps its availability up to date, and gets a
 * line in store.c.
 */
#ifndef SERVICE_STORE_STORE_BACKEND_H
#define SERVICE_STORE_STORE_BACKEND_H

#include "service/store/availability.h"
#include "service/store/store.h"

struct store_methods {
    void (*read)(struct store *store, struct store_read *read);
    void (*write)(struct store *store, struct store_write *write);
    void (*close)(struct store *store);
};

struct store {
    const struct store_methods *methods;
    struct availability availability; /* its lifetime is the kind's to see to */
};

/* Each opens what stands behind "KIND:" in the URI. */
MUST_USE bool store_sqlite_open(const char *path, struct store **ret_store, struct status *st);
MUST_USE bool store_postgresql_open(const char *rest, struct store **ret_store, struct status *st);
MUST_USE bool store_memory_open(const char *rest, struct store **ret_store, struct status *st);

#endif
