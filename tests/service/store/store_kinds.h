/*
 * Every kind of store, for tests that each is to pass.
 */
#ifndef TESTS_SERVICE_STORE_STORE_KINDS_H
#define TESTS_SERVICE_STORE_STORE_KINDS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/store/store.h"

/* What a test gets as its state. */
struct fixture {
    struct store *store; /* new, and empty */
    bool is_durable;     /* what is in it is there after a restart */
    char uri[640];
    char directory[512]; /* the test's own */
};

/* Closes the test's store and opens it again. */
void kinds_reopen(struct fixture *fixture);

/* Runs every test once on each kind; returns the number of failures. */
int kinds_run(const struct CMUnitTest *tests, size_t test_count);

#endif
