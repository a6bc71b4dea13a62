/*
 * transcode: one message from stdin to stdout, JSON to binary or back, by the gateway's codec.
 *
 *     transcode --descriptors=FILE --type=package.Message --from=json|binary --to=json|binary
 *
 * Exit code 0, or 1 and a message on stderr for bad input, or 2 for a bad command line. json to json and binary to binary are done by
 * way of the other form, so that they check and normalise.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/version.h"
#include "codec/schema/schema_file.h"
#include "codec/transcode/transcode.h"
#include "gateway/limits.h"

#define READ_BYTES ((size_t)64 * 1024)

struct arguments {
    const char *descriptors;
    const char *type;
    bool from_json;
    bool to_json;
    struct transcode_options options;
};

static const char usage[] =
    "transcode --descriptors=FILE --type=package.Message --from=json|binary --to=json|binary\n"
    "Reads one message from stdin and writes it to stdout. Exit code 1: bad input; 2: bad command line.\n"
    "  --descriptors=FILE              an encoded google.protobuf.FileDescriptorSet, imports included\n"
    "  --type=NAME                     full name of the message, such as soundcheck.v1.Track\n"
    "  --from=json|binary              what stdin holds\n"
    "  --to=json|binary                what stdout gets\n"
    "  --json-names=camel|proto        names of fields in JSON output (camel)\n"
    "  --emit-defaults                 print fields without presence also when they hold their default\n"
    "  --enums=name|number             how enums are printed (name)\n"
    "  --int64=string|number           how 64-bit integers are printed (string)\n"
    "  --unknown-fields=reject|ignore  what to do with JSON fields that the message does not have (reject)\n"
    "  --help, --version\n";

enum option_id {
    OPTION_DESCRIPTORS = 256,
    OPTION_TYPE,
    OPTION_FROM,
    OPTION_TO,
    OPTION_JSON_NAMES,
    OPTION_EMIT_DEFAULTS,
    OPTION_ENUMS,
    OPTION_INT64,
    OPTION_UNKNOWN_FIELDS,
    OPTION_HELP,
    OPTION_VERSION,
};

static const struct option options_long[] = {
    {"descriptors", required_argument, NULL, OPTION_DESCRIPTORS},
    {"type", required_argument, NULL, OPTION_TYPE},
    {"from", required_argument, NULL, OPTION_FROM},
    {"to", required_argument, NULL, OPTION_TO},
    {"json-names", required_argument, NULL, OPTION_JSON_NAMES},
    {"emit-defaults", no_argument, NULL, OPTION_EMIT_DEFAULTS},
    {"enums", required_argument, NULL, OPTION_ENUMS},
    {"int64", required_argument, NULL, OPTION_INT64},
    {"unknown-fields", required_argument, NULL, OPTION_UNKNOWN_FIELDS},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {0},
};

__attribute__((noreturn)) static void exit_usage(const char *message)
{
    fprintf(stderr, "transcode: %s\n%s", message, usage);
    exit(2);
}

/* Whether the flag's argument is the second of two words; any other ends the program. */
static bool choose(const char *flag, const char *first, const char *second)
{
    if (strcmp(optarg, second) == 0)
        return true;
    if (strcmp(optarg, first) != 0) {
        char message[128];
        snprintf(message, sizeof(message), "--%s: expected %s or %s, found \"%.40s\"", flag, first, second, optarg);
        exit_usage(message);
    }
    return false;
}

static struct arguments parse_arguments(int argc, char **argv)
{
    struct arguments arguments = {0};
    bool from_given = false, to_given = false;
    int at = 0;
    for (int id; (id = getopt_long(argc, argv, "", options_long, &at)) != -1;) {
        const char *flag = options_long[at].name;
        switch (id) {
        case OPTION_DESCRIPTORS: arguments.descriptors = optarg; break;
        case OPTION_TYPE: arguments.type = optarg; break;
        case OPTION_FROM: arguments.from_json = choose(flag, "binary", "json"), from_given = true; break;
        case OPTION_TO: arguments.to_json = choose(flag, "binary", "json"), to_given = true; break;
        case OPTION_JSON_NAMES: arguments.options.proto_names = choose(flag, "camel", "proto"); break;
        case OPTION_EMIT_DEFAULTS: arguments.options.emit_defaults = true; break;
        case OPTION_ENUMS: arguments.options.enum_numbers = choose(flag, "name", "number"); break;
        case OPTION_INT64: arguments.options.int64_numbers = choose(flag, "string", "number"); break;
        case OPTION_UNKNOWN_FIELDS: arguments.options.ignore_unknown_fields = choose(flag, "reject", "ignore"); break;
        case OPTION_HELP: fputs(usage, stdout); exit(0);
        case OPTION_VERSION: puts("transcode " VERSION); exit(0);
        default: exit_usage("unknown option");
        }
    }
    if (optind != argc)
        exit_usage("unexpected argument");
    if (!arguments.descriptors || !arguments.type || !from_given || !to_given)
        exit_usage("--descriptors, --type, --from and --to are needed");
    return arguments;
}

static bool read_stdin(struct buf *out, struct status *st)
{
    size_t got;
    do {
        size_t room = TRANSCODE_INPUT_BYTES_MAX + 1 - out->len; /* one more, to see that it is too large */
        if (!buf_reserve(out, room < READ_BYTES ? room : READ_BYTES))
            return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "stdin: no memory");
        room = room < out->cap - out->len ? room : out->cap - out->len;
        got = fread(out->data + out->len, 1, room, stdin);
        out->len += got;
    } while (got > 0 && out->len <= TRANSCODE_INPUT_BYTES_MAX);
    if (out->len > TRANSCODE_INPUT_BYTES_MAX)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "stdin: larger than %zu bytes", TRANSCODE_INPUT_BYTES_MAX);
    if (ferror(stdin))
        return status_fail(st, STATUS_UNAVAILABLE, "stdin: %s", strerror(errno));
    return true;
}

/* From the one form to the other; the message's own form is reached by way of the other one. */
static bool convert(const struct arguments *arguments, const struct schema_message *message, struct buf *content,
                    struct buf *other, struct status *st)
{
    bool is_json = arguments->from_json;
    unsigned steps = arguments->from_json == arguments->to_json ? 2 : 1;
    for (unsigned i = 0; i < steps; i++) {
        struct view input = buf_view(content);
        bool done = is_json ? transcode_json_to_binary(message, NULL, input, &arguments->options, other, st)
                            : transcode_binary_to_json(message, NULL, input, &arguments->options, other, st);
        if (!done)
            return false;
        struct buf swapped = *content;
        *content = *other;
        *other = swapped;
        buf_clear(other);
        is_json = !is_json;
    }
    return true;
}

static bool run(struct arguments *arguments, const struct schema *schema, struct status *st)
{
    const struct schema_message *message = schema_find_message(schema, view_of(arguments->type));
    if (!message)
        return status_fail(st, STATUS_NOT_FOUND, "%s: no such message in %s", arguments->type, arguments->descriptors);
    struct buf content, other;
    /* The one takes the input, and may take what is made of the other. */
    buf_init(&content, TRANSCODE_INPUT_BYTES_MAX * TRANSCODE_GROWTH_MAX);
    buf_init(&other, TRANSCODE_INPUT_BYTES_MAX * TRANSCODE_GROWTH_MAX);
    arguments->options.schema = schema;
    bool done = read_stdin(&content, st) && convert(arguments, message, &content, &other, st);
    if (done && (fwrite(content.data, 1, content.len, stdout) != content.len || fflush(stdout) != 0))
        done = status_fail(st, STATUS_UNAVAILABLE, "stdout: %s", strerror(errno));
    buf_free(&content);
    buf_free(&other);
    return done;
}

int main(int argc, char **argv)
{
    struct arguments arguments = parse_arguments(argc, argv);
    struct schema *schema = NULL;
    struct status st;
    bool done = schema_load_file(arguments.descriptors, &schema, &st) && run(&arguments, schema, &st);
    schema_destroy(schema);
    if (!done)
        fprintf(stderr, "transcode: %s\n", st.message);
    return done ? 0 : 1;
}
