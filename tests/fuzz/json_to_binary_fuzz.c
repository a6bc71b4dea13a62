/*
 * JSON text as a Specimen.
 *
 * What is accepted can be printed, and what is printed says the same. What is accepted with unknown fields refused is accepted
 * with unknown fields ignored, to the same bytes. The value of a field is read like the document of its type.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/round_trip.h"
#include "tests/fuzz/specimen.h"

static bool read_json(const char *type, const struct schema_field *field, struct view json, bool ignore_unknown,
                      struct buf *out)
{
    struct transcode_options options = specimen_options();
    struct status st;
    options.ignore_unknown_fields = ignore_unknown;
    fuzz_output_init(out);
    if (transcode_json_to_binary(specimen_find(type), field, json, &options, out, &st))
        return true;
    fuzz_check_refused_output(out, &st);
    return false;
}

static void check_accepted(struct view binary)
{
    const struct schema_message *message = specimen_find("fuzz.Specimen");
    struct transcode_options options = specimen_options();
    struct status st;
    struct buf json;
    fuzz_output_init(&json);
    if (!transcode_binary_to_json(message, NULL, binary, &options, &json, &st))
        fuzz_fail("what was read can be printed: %s", st.message);
    round_trip_check_json(message, fuzz_output(&json));
    buf_free(&json);
}

/* The document as the value of a field: tag, length, and the same bytes. It may be too deep there. */
static void check_as_field(struct view json, struct view binary)
{
    const struct schema_field *field = schema_find_field(specimen_find("fuzz.Envelope"), (struct view)VIEW("specimen"));
    struct buf out;
    if (read_json("fuzz.Envelope", field, json, false, &out)) {
        struct view content = fuzz_output(&out);
        FUZZ_CHECK(content.len > binary.len, "a field has tag and length");
        content.data += content.len - binary.len;
        content.len = binary.len;
        fuzz_check_equal(content, binary, "the field's content, and the document");
    }
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct view json = view_make((const char *)data, len);
    struct buf strict, lenient;
    bool accepted = read_json("fuzz.Specimen", NULL, json, false, &strict);
    bool accepted_leniently = read_json("fuzz.Specimen", NULL, json, true, &lenient);
    if (accepted) {
        FUZZ_CHECK(accepted_leniently, "what is accepted is accepted when unknown fields are ignored");
        fuzz_check_equal(fuzz_output(&strict), fuzz_output(&lenient), "unknown fields refused, and ignored");
        check_as_field(json, fuzz_output(&strict));
    }
    if (accepted_leniently)
        check_accepted(fuzz_output(&lenient));
    buf_free(&strict);
    buf_free(&lenient);
    return 0;
}
