/*
 * Bytes as an encoded Specimen.
 *
 * What is accepted is printed the same when it is read back. Printing is the same whether the fields around it come in the order of
 * their numbers or not, which are two ways through the codec. Each field alone is printed as something that can be read back too.
 */
#include "codec/wire/wire.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/round_trip.h"
#include "tests/fuzz/specimen.h"

static bool print_binary(const char *type, const struct schema_field *field, struct view binary, struct buf *json)
{
    struct transcode_options options = specimen_options();
    struct status st;
    fuzz_output_init(json);
    if (transcode_binary_to_json(specimen_find(type), field, binary, &options, json, &st))
        return true;
    fuzz_check_refused_output(json, &st);
    return false;
}

static struct view append(struct buf *to, struct view bytes)
{
    if (!buf_append(to, bytes))
        fuzz_fail("there is memory");
    return buf_view(to);
}

/* An Envelope with a sequence before the specimen, where it belongs, or behind it. */
static void wrap(struct view specimen, bool in_order, struct buf *envelope)
{
    static const struct view sequence = VIEW("\x08\x07");
    char head[1 + WIRE_VARINT_BYTES_MAX] = {WIRE_TAG(2, WIRE_LENGTH)};
    char *end = wire_write_varint(head + 1, specimen.len);
    buf_init(envelope, FUZZ_OUTPUT_BYTES_MAX);
    if (in_order)
        append(envelope, sequence);
    append(envelope, view_make(head, (size_t)(end - head)));
    append(envelope, specimen);
    if (!in_order)
        append(envelope, sequence);
}

/* A value that another one replaces is looked at by the ordered way alone, so that it may refuse what the scattered one takes. */
static void check_both_orders(struct view specimen)
{
    struct buf envelope, ordered_json, scattered_json;
    wrap(specimen, true, &envelope);
    bool ordered = print_binary("fuzz.Envelope", NULL, buf_view(&envelope), &ordered_json);
    buf_free(&envelope);
    wrap(specimen, false, &envelope);
    bool scattered = print_binary("fuzz.Envelope", NULL, buf_view(&envelope), &scattered_json);
    buf_free(&envelope);
    FUZZ_CHECK(scattered || !ordered, "what is printed in order is printed out of order: %.*s",
               VIEW_ARG(fuzz_output(&ordered_json)));
    if (ordered && scattered)
        fuzz_check_equal(fuzz_output(&ordered_json), fuzz_output(&scattered_json), "in order, and out of order");
    buf_free(&ordered_json);
    buf_free(&scattered_json);
}

/* One field, which the input's length chooses. */
static void check_one_field(struct view binary)
{
    const struct schema_message *message = specimen_find("fuzz.Specimen");
    const struct schema_field *field = &message->fields[binary.len % message->field_count];
    struct transcode_options options = specimen_options();
    struct buf json, again;
    struct status st;
    if (print_binary("fuzz.Specimen", field, binary, &json)) {
        fuzz_output_init(&again);
        if (!transcode_json_to_binary(message, field, fuzz_output(&json), &options, &again, &st))
            fuzz_fail("a field that we print can be read: %s\n%.*s", st.message, VIEW_ARG(fuzz_output(&json)));
        buf_free(&again);
    }
    buf_free(&json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct view binary = view_make((const char *)data, len);
    struct buf json;
    if (print_binary("fuzz.Specimen", NULL, binary, &json))
        round_trip_check_json(specimen_find("fuzz.Specimen"), fuzz_output(&json));
    buf_free(&json);
    check_both_orders(binary);
    check_one_field(binary);
    return 0;
}
