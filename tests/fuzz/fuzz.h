/*
 * What the fuzz targets of this folder share.
 *
 * Flow     Each NAME_fuzz.c defines LLVMFuzzerTestOneInput(), which gives the input to the code under test and checks what must
 *          hold of any answer. libFuzzer calls it (script/fuzz), and replay.c with each file of a corpus (bazel test).
 * Errors   What does not hold is printed, and the program aborts: libFuzzer keeps the input, the replay's test fails.
 * Threads  One.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"

/* Bytes that one input may make: what is beyond must be refused as RESOURCE_EXHAUSTED. */
#define FUZZ_OUTPUT_BYTES_MAX ((size_t)64 << 20)

/* libFuzzer's interface: returns 0. The data is freed afterwards. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Prints the sentence that did not hold, as printf does, and aborts. */
_Noreturn void fuzz_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define FUZZ_CHECK(condition, ...)                                                                                     \
    do {                                                                                                               \
        if (!(condition))                                                                                              \
            fuzz_fail(__VA_ARGS__);                                                                                    \
    } while (0)

/* A refusal has a code, and a message of well-formed UTF-8 that is not empty. */
void fuzz_check_refusal(const struct status *st);

/* Output as a caller has it: with something in it already, which must stay as it is. */
void fuzz_output_init(struct buf *out);

/* What was appended since then; aborts when the beginning is not what it was. */
struct view fuzz_output(const struct buf *out);

/* The same after a refusal: aborts when anything was appended, or the refusal is not as it must be. */
void fuzz_check_refused_output(const struct buf *out, const struct status *st);

/* Aborts when the two differ, printing both. `what` says where they come from. */
void fuzz_check_equal(struct view a, struct view b, const char *what);

#endif
