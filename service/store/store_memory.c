/*
 * An array of pointers to rows, ordered by id. Looking up is a binary search; creating and deleting move the pointers
 * behind (10,000 tracks: 80 kB at most), which a tree would save at the price of slower reads and more code.
 *
 * Writers take `writer` for their whole transaction, so nobody else changes the array, and they read it without more.
 * Readers share `readers`; a writer takes it alone only to put its finished rows in place. There is nothing to wait for,
 * so a write runs on its caller's thread and has been answered when store_write() returns.
 */
#include <pthread.h>
#include <stdlib.h>

#include "service/limits.h"
#include "service/store/batch.h"
#include "service/store/store_backend.h"

/* What the arena of a transaction of few rows needs: below it, a write of an existing row allocates the new row alone. */
#define BATCH_STACK_BYTES 1024

struct memory_row {
    struct store_row row; /* its views point into data */
    char data[];          /* id, bytes */
};

struct store_memory {
    struct store store;
    struct batch_table table;
    pthread_mutex_t writer;
    pthread_rwlock_t readers;
    struct memory_row **rows;
    size_t count;
    size_t cap;
};

/* Index of the first row whose id is not below this one. */
static size_t find_place(const struct store_memory *memory, struct view id)
{
    size_t low = 0;
    size_t high = memory->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store_compare_ids(memory->rows[middle]->row.id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct memory_row *find_row(const struct store_memory *memory, struct view id)
{
    size_t place = find_place(memory, id);
    if (place == memory->count || !view_equal(memory->rows[place]->row.id, id))
        return NULL;
    return memory->rows[place];
}

/* ---- Reading ---- */

static bool read_rows(const struct store_memory *memory, struct store_read *read, struct status *st)
{
    if (read->id_count == 0) {
        size_t first = find_place(memory, read->after);
        if (first < memory->count && view_equal(memory->rows[first]->row.id, read->after))
            first++;
        for (size_t i = first; i < memory->count; i++)
            if (!read->row(read, &memory->rows[i]->row, st))
                return false;
        return true;
    }
    for (size_t i = 0; i < read->id_count; i++) {
        const struct memory_row *found = find_row(memory, read->ids[i]);
        if (found && !read->row(read, &found->row, st))
            return false;
    }
    return true;
}

static void memory_read(struct store *store, struct store_read *read)
{
    struct store_memory *memory = (struct store_memory *)store;
    status_clear(&read->st);
    pthread_rwlock_rdlock(&memory->readers);
    bool complete = read_rows(memory, read, &read->st);
    pthread_rwlock_unlock(&memory->readers);
    (void)complete; /* st says it */
    read->done(read);
}

/* ---- Writing: a batch table, whose table_row is the new row of a changed one, or the old one when it is removed ---- */

static struct store_memory *of_table(struct batch_table *table)
{
    return (struct store_memory *)((char *)table - offsetof(struct store_memory, table));
}

static bool memory_load(struct batch_table *table, struct batch_row *rows, size_t row_count, struct arena *arena,
                        struct status *st)
{
    (void)arena;
    (void)st;
    struct store_memory *memory = of_table(table);
    pthread_mutex_lock(&memory->writer);
    for (size_t i = 0; i < row_count; i++) {
        const struct memory_row *found = find_row(memory, rows[i].id);
        if (!found)
            continue;
        rows[i].existed = true;
        rows[i].version = found->row.version;
        rows[i].bytes = found->row.bytes;
    }
    return true;
}

static void memory_rollback(struct batch_table *table)
{
    pthread_mutex_unlock(&of_table(table)->writer);
}

static struct memory_row *make_row(const struct batch_row *from)
{
    struct memory_row *made = malloc(sizeof(*made) + from->id.len + from->bytes.len);
    if (!made)
        return NULL;
    memcpy(made->data, from->id.data, from->id.len);
    if (from->bytes.len)
        memcpy(made->data + from->id.len, from->bytes.data, from->bytes.len);
    made->row = (struct store_row){
        .id = {made->data, from->id.len},
        .version = from->version,
        .bytes = {made->data + from->id.len, from->bytes.len},
    };
    return made;
}

/* Allocates all that the rows need, so that what follows cannot fail. */
static bool prepare(struct store_memory *memory, struct batch_row *rows, size_t row_count)
{
    size_t inserted = 0;
    for (size_t i = 0; i < row_count; i++) {
        if (!rows[i].changed || !rows[i].version)
            continue;
        inserted += !rows[i].existed;
        rows[i].table_row = make_row(&rows[i]);
        if (!rows[i].table_row)
            return false;
    }
    if (memory->count + inserted <= memory->cap)
        return true;
    size_t cap = (memory->count + inserted) * 2;
    struct memory_row **grown = malloc(cap * sizeof(struct memory_row *));
    if (!grown)
        return false;
    if (memory->count)
        memcpy(grown, memory->rows, memory->count * sizeof(struct memory_row *));
    struct memory_row **before = memory->rows;
    pthread_rwlock_wrlock(&memory->readers);
    memory->rows = grown;
    memory->cap = cap;
    pthread_rwlock_unlock(&memory->readers);
    free(before);
    return true;
}

/* Puts a changed row into the array; its table_row is what is to be freed afterwards. */
static void replace(struct store_memory *memory, struct batch_row *row)
{
    size_t place = find_place(memory, row->id);
    struct memory_row **slot = &memory->rows[place];
    size_t behind = (memory->count - place) * sizeof(*slot);
    struct memory_row *made = row->table_row;
    row->table_row = row->existed ? *slot : NULL;
    if (made && row->existed) {
        *slot = made;
    } else if (made) {
        memmove(slot + 1, slot, behind);
        *slot = made;
        memory->count++;
    } else if (row->existed) {
        memmove(slot, slot + 1, behind - sizeof(*slot));
        memory->count--;
    }
}

static void free_table_rows(struct batch_row *rows, size_t row_count)
{
    for (size_t i = 0; i < row_count; i++)
        free(rows[i].table_row);
}

static bool memory_commit(struct batch_table *table, struct batch_row *rows, size_t row_count, struct status *st)
{
    struct store_memory *memory = of_table(table);
    bool prepared = prepare(memory, rows, row_count);
    if (prepared) {
        pthread_rwlock_wrlock(&memory->readers);
        for (size_t i = 0; i < row_count; i++)
            if (rows[i].changed)
                replace(memory, &rows[i]);
        pthread_rwlock_unlock(&memory->readers);
    }
    free_table_rows(rows, row_count);
    pthread_mutex_unlock(&memory->writer);
    return prepared || status_fail(st, STATUS_UNAVAILABLE, "no memory to keep a track");
}

static void memory_write(struct store *store, struct store_write *write)
{
    struct store_memory *memory = (struct store_memory *)store;
    char lent[BATCH_STACK_BYTES];
    struct arena arena;
    arena_init_lent(&arena, lent, sizeof(lent), STORE_BATCH_BYTES_MAX);
    write->next_ = NULL;
    batch_run(&memory->table, write, &arena);
    arena_free(&arena);
    write->done(write);
}

/* ---- Opening and closing ---- */

static void memory_close(struct store *store)
{
    struct store_memory *memory = (struct store_memory *)store;
    for (size_t i = 0; i < memory->count; i++)
        free(memory->rows[i]);
    free(memory->rows);
    pthread_rwlock_destroy(&memory->readers);
    pthread_mutex_destroy(&memory->writer);
    availability_free(&memory->store.availability);
    free(memory);
}

bool store_memory_open(const char *rest, struct store **ret_store, struct status *st)
{
    static const struct store_methods methods = {memory_read, memory_write, memory_close};
    if (*rest)
        return status_fail(st, STATUS_INVALID_ARGUMENT, "store \"memory:%s\": expected nothing behind the colon", rest);
    struct store_memory *memory = malloc(sizeof(*memory));
    if (!memory)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for a store");
    *memory = (struct store_memory){
        .store.methods = &methods,
        .table = {memory_load, memory_commit, memory_rollback, NULL},
    };
    availability_init(&memory->store.availability);
    pthread_mutex_init(&memory->writer, NULL);
    /* By default readers overtake a waiting writer, who may then never get its turn. */
    pthread_rwlockattr_t attributes;
    pthread_rwlockattr_init(&attributes);
    pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&memory->readers, &attributes);
    pthread_rwlockattr_destroy(&attributes);
    *ret_store = &memory->store;
    return true;
}
