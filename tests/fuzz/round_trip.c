#include "tests/fuzz/round_trip.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/specimen.h"

static void read_own_json(const struct schema_message *message, struct view json, struct buf *binary)
{
    struct transcode_options standard = specimen_options();
    struct status st;
    fuzz_output_init(binary);
    if (!transcode_json_to_binary(message, NULL, json, &standard, binary, &st))
        fuzz_fail("what we print can be read: %s\n%.*s", st.message, VIEW_ARG(json));
}

static void print_own_binary(const struct schema_message *message, struct view binary,
                             const struct transcode_options *options, struct buf *json)
{
    struct status st;
    fuzz_output_init(json);
    if (!transcode_binary_to_json(message, NULL, binary, options, json, &st))
        fuzz_fail("what we write can be printed: %s", st.message);
}

void round_trip_check_json(const struct schema_message *message, struct view json)
{
    const struct transcode_options standard = specimen_options();
    struct transcode_options ways[] = {standard, standard, standard, standard, standard};
    ways[1].emit_defaults = true;
    ways[2].proto_names = true;
    ways[3].enum_numbers = true;
    ways[4].int64_numbers = true;

    struct buf binary;
    read_own_json(message, json, &binary);
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        struct buf printed, written;
        print_own_binary(message, fuzz_output(&binary), &ways[i], &printed);
        if (i == 0)
            fuzz_check_equal(json, fuzz_output(&printed), "JSON, and the JSON of what it says");
        read_own_json(message, fuzz_output(&printed), &written);
        fuzz_check_equal(fuzz_output(&binary), fuzz_output(&written), "bytes, and what their JSON says");
        buf_free(&printed);
        buf_free(&written);
    }
    buf_free(&binary);
}
