#include "tests/service/store/store_kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/support/postgresql_server.h"

struct kind {
    const char *name;
    bool is_durable;
    void (*make_place)(struct fixture *fixture); /* for a store that is new, and sets its URI */
};

static struct postgresql_server server;

static void name_memory(struct fixture *fixture)
{
    snprintf(fixture->uri, sizeof(fixture->uri), "memory:");
}

static void name_file(struct fixture *fixture)
{
    snprintf(fixture->uri, sizeof(fixture->uri), "sqlite:%s/tracks.db", fixture->directory);
}

static void make_schema(struct fixture *fixture)
{
    static int number;
    char schema[24];
    snprintf(schema, sizeof(schema), "store_%d", ++number);
    postgresql_server_command(&server, "sql CREATE SCHEMA %s", schema);
    postgresql_server_uri(&server, NULL, schema, fixture->uri, sizeof(fixture->uri));
}

static const struct kind kinds[] = {
    {"memory", false, name_memory},
    {"sqlite", true, name_file},
    {"postgresql", true, make_schema},
};

static void open_store(struct fixture *fixture)
{
    struct status st;
    if (!store_open(fixture->uri, &fixture->store, &st))
        fail_msg("%s", st.message);
}

void kinds_reopen(struct fixture *fixture)
{
    store_close(fixture->store);
    open_store(fixture);
}

static int setup(void **state)
{
    const struct kind *kind = *state;
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    fixture->is_durable = kind->is_durable;
    snprintf(fixture->directory, sizeof(fixture->directory), "%s/store_test_XXXXXX", getenv("TEST_TMPDIR") ?: "/tmp");
    assert_non_null(mkdtemp(fixture->directory));
    kind->make_place(fixture);
    open_store(fixture);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    char path[640];
    store_close(fixture->store);
    snprintf(path, sizeof(path), "%s/tracks.db", fixture->directory);
    unlink(path);
    rmdir(fixture->directory);
    free(fixture);
    return 0;
}

static int run_on(const struct kind *kind, const struct CMUnitTest *tests, size_t test_count)
{
    struct CMUnitTest *of_kind = calloc(test_count, sizeof(*of_kind));
    for (size_t i = 0; of_kind && i < test_count; i++)
        of_kind[i] = (struct CMUnitTest){tests[i].name, tests[i].test_func, setup, teardown, (void *)kind};
    int failed = of_kind ? _cmocka_run_group_tests(kind->name, of_kind, test_count, NULL, NULL) : 1;
    free(of_kind);
    return failed;
}

int kinds_run(const struct CMUnitTest *tests, size_t test_count)
{
    int failed = 0;
    postgresql_server_start(&server);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        failed += run_on(&kinds[i], tests, test_count);
    postgresql_server_end(&server);
    return failed;
}
