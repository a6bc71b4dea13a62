/*
 * What the codec's tests share: the descriptor set of every kind of field, and one check a direction that tries a case in every way
 * that must not matter.
 *
 * Flow     codec_setup() as the group's setup, then codec_expect_…() for each row of a table.
 * JSON     is written with ' for ", so that it can be read inside of C strings.
 * Wire     is written in the notation of wire_text.h. Messages are of the package codec.test, or named in full with a leading dot.
 * Trying   The input stands in memory of exactly its length, and the output is made in buffers of many sizes, so that under the address
 *          sanitizer no byte is read or written that is not there. A buffer that is limited to less than the output must be refused.
 */
#ifndef TESTS_CODEC_TRANSCODE_CODEC_CASE_H
#define TESTS_CODEC_TRANSCODE_CODEC_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/transcode/transcode.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Loads the schema; for cmocka_run_group_tests(). */
int codec_setup(void **state);
int codec_teardown(void **state);

const struct schema *codec_schema(void);

/* Fails the test when there is none. */
const struct schema_message *codec_message(const char *name);
const struct schema_field *codec_field(const struct schema_message *message, const char *name);

/* The standard mapping, with the schema for Any. */
struct transcode_options codec_options(void);

/* A copy with " for every '. */
void codec_append_json(struct buf *out, const char *json);

/* JSON becomes exactly these bytes. */
void codec_expect_binary(const char *message, const char *json, const char *wire);

/* JSON is refused as INVALID_ARGUMENT with exactly this message, and the output is left as it was. */
void codec_expect_json_refused(const char *message, const char *json, const char *error);

/* Bytes become exactly this JSON. */
void codec_expect_json(const char *message, const char *wire, const char *json);

/* Bytes are refused with exactly this code and message, and the output is left as it was. */
void codec_expect_binary_refused(const char *message, const char *wire, enum status_code code, const char *error);

/* One conversion, for checks that need more: a field of the message or NULL, and other options. */
struct codec_case {
    const char *message;
    const char *field; /* NULL: the whole message */
    struct view input; /* JSON with real quotes, or bytes */
    bool to_json;
    struct transcode_options options;
};

void codec_expect(const struct codec_case *codec_case, struct view output);
void codec_expect_refused(const struct codec_case *codec_case, enum status_code code, const char *error);

/* Both directions of the same: JSON becomes these bytes, and these bytes become the same JSON. */
void codec_expect_both(const char *message, const char *json, const char *wire);

#endif
