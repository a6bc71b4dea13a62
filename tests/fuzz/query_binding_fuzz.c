/*
 * Text as a query string, its parameters as fields of a Specimen.
 *
 * The parameters are those that a plain reading of the text gives. What each sets can be printed, and what is printed says the same;
 * so it is with all of them together, unless one that is set twice merges to what JSON cannot say (the pipeline refuses that).
 */
#include "base/arena.h"
#include "gateway/route/query.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/round_trip.h"
#include "tests/fuzz/specimen.h"

#define ARENA_BYTES_MAX ((size_t)1 << 24)

static bool hex(char digit, unsigned *ret_value)
{
    static const char digits[] = "0123456789abcdef";
    char lower = digit >= 'A' && digit <= 'F' ? (char)(digit + 0x20) : digit;
    const char *found = memchr(digits, lower, 16);
    *ret_value = found ? (unsigned)(found - digits) : 0;
    return found != NULL;
}

/* Decodes up to one of the stops, which is taken too. False for a malformed escape. */
static bool read_part(struct view *rest, const char *stops, struct buf *out, char *ret_stop)
{
    buf_clear(out);
    *ret_stop = '\0';
    while (rest->len) {
        char byte = rest->data[0];
        unsigned high, low;
        size_t taken = 1;
        if (byte && strchr(stops, byte)) {
            *ret_stop = byte;
            *rest = view_make(rest->data + 1, rest->len - 1);
            return true;
        }
        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            if (rest->len < 3 || !hex(rest->data[1], &high) || !hex(rest->data[2], &low))
                return false;
            byte = (char)(high << 4 | low);
            taken = 3;
        }
        if (!buf_append(out, view_make(&byte, 1)))
            fuzz_fail("there is memory");
        *rest = view_make(rest->data + taken, rest->len - taken);
    }
    return true;
}

/* What the next parameter must be. */
static enum query_result model_next(struct view *rest, struct buf *key, struct buf *value)
{
    while (rest->len && rest->data[0] == '&')
        *rest = view_make(rest->data + 1, rest->len - 1);
    if (rest->len == 0)
        return QUERY_END;
    char stop;
    buf_clear(value);
    if (!read_part(rest, "=&", key, &stop) || (stop == '=' && !read_part(rest, "&", value, &stop)))
        return QUERY_BAD;
    return QUERY_PARAMETER;
}

static void check_message(struct view binary, bool alone)
{
    struct transcode_options options = specimen_options();
    struct buf json;
    struct status st;
    fuzz_output_init(&json);
    if (transcode_binary_to_json(specimen_find("fuzz.Specimen"), NULL, binary, &options, &json, &st))
        round_trip_check_json(specimen_find("fuzz.Specimen"), fuzz_output(&json));
    else
        FUZZ_CHECK(!alone && st.code == STATUS_FAILED_PRECONDITION, "what parameters say can be printed: %s",
                   st.message);
    buf_free(&json);
}

/* Appends the field that the parameter sets, if there is one and it is of its type. */
static void bind(const struct query_parameter *parameter, bool ignore_unknown, struct buf *message)
{
    struct transcode_options options = specimen_options();
    struct transcode_field_path path;
    struct buf out;
    struct status st;
    options.ignore_unknown_fields = ignore_unknown;
    if (!transcode_find_field_path(specimen_find("fuzz.Specimen"), parameter->key, &path, &st)) {
        fuzz_check_refusal(&st);
        return;
    }
    FUZZ_CHECK(path.len >= 1 && path.len <= TRANSCODE_FIELD_PATH_MAX, "a path of %zu fields", path.len);
    fuzz_output_init(&out);
    if (!transcode_text_to_binary(&path, parameter->value, &options, &out, &st)) {
        fuzz_check_refused_output(&out, &st);
    } else {
        check_message(fuzz_output(&out), true);
        if (!buf_append(message, fuzz_output(&out)))
            fuzz_fail("there is memory");
    }
    buf_free(&out);
}

static void check_query(struct view text, bool ignore_unknown)
{
    struct query query;
    struct query_parameter parameter;
    struct status st;
    struct arena arena;
    struct buf key, value, message;
    buf_init(&key, FUZZ_OUTPUT_BYTES_MAX);
    buf_init(&value, FUZZ_OUTPUT_BYTES_MAX);
    buf_init(&message, FUZZ_OUTPUT_BYTES_MAX);
    arena_init(&arena, ARENA_BYTES_MAX);
    query_init(&query, text);
    enum query_result result;
    while ((result = query_next(&query, &arena, &parameter, &st)) == QUERY_PARAMETER) {
        FUZZ_CHECK(model_next(&text, &key, &value) == QUERY_PARAMETER, "there is a parameter more than in the text");
        fuzz_check_equal(parameter.key, buf_view(&key), "a key, and the key as it stands");
        fuzz_check_equal(parameter.value, buf_view(&value), "a value, and the value as it stands");
        bind(&parameter, ignore_unknown, &message);
    }
    FUZZ_CHECK(model_next(&text, &key, &value) == result, "the query ends as the text does: %d", (int)result);
    if (result == QUERY_BAD)
        fuzz_check_refusal(&st);
    check_message(buf_view(&message), false);
    arena_free(&arena);
    buf_free(&key);
    buf_free(&value);
    buf_free(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    check_query(view_make((const char *)data, len), false);
    check_query(view_make((const char *)data, len), true);
    return 0;
}
