#include "service/validate/violations.h"

#include <stdio.h>

#include "google/rpc/error_details.pb.h"
#include "service/limits.h"
#include "service/validate/rpc_status.h"

/* A path or a description longer than this quotes something that its writer knows. */
#define TEXT_BYTES_MAX 255

/* Bytes of a FieldViolation beside its texts (three tags, lengths of two bytes), of the status beside violations and message. */
#define VIOLATION_FRAME_BYTES 9
#define STATUS_FRAME_BYTES    80

void violations_init(struct violations *violations, struct arena *arena)
{
    *violations = (struct violations){
        .arena = arena,
        .bytes_left = SERVER_DETAILS_BYTES_MAX - STATUS_MESSAGE_BYTES_MAX - STATUS_FRAME_BYTES,
    };
}

/* A text that is written from left to right and drops what does not fit. */
struct text {
    char bytes[TEXT_BYTES_MAX + 1];
    size_t len;
};

/* The length of the text without the part of a code point that a cut may have left at its end. */
static size_t whole_len(const char *bytes, size_t len)
{
    size_t start = len;
    while (start > 0 && ((unsigned char)bytes[start - 1] & 0xc0) == 0x80)
        start--;
    if (start == 0)
        return len;
    unsigned char lead = (unsigned char)bytes[start - 1];
    size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return len - start + 1 < wanted ? start - 1 : len;
}

static void vappend(struct text *text, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

static void vappend(struct text *text, const char *format, va_list arguments)
{
    size_t room = sizeof(text->bytes) - text->len;
    int len = vsnprintf(text->bytes + text->len, room, format, arguments);
    if (len < 0)
        return;
    if ((size_t)len < room)
        text->len += (size_t)len;
    else
        text->len = whole_len(text->bytes, sizeof(text->bytes) - 1);
}

static void append(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void append(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vappend(text, format, arguments);
    va_end(arguments);
}

/* Paths are as deep as messages are nested, which the server bounds (SERVER_MESSAGE_DEPTH_MAX). */
static void append_path(struct text *text, const struct field_path *path)
{
    if (path->parent)
        append_path(text, path->parent);
    if (!path->name)
        append(text, "[%zu]", path->index);
    else if (path->is_key)
        append(text, "[\"%s\"]", path->name);
    else
        append(text, "%s%s", path->parent ? "." : "", path->name);
}

static struct violation *keep(struct violations *violations, const struct text *field, const struct text *description)
{
    size_t bytes = field->len + description->len + VIOLATION_FRAME_BYTES;
    if (bytes > violations->bytes_left)
        return NULL;
    struct violation *kept = arena_alloc(violations->arena, sizeof(*kept));
    const char *field_copy = arena_copy(violations->arena, view_make(field->bytes, field->len));
    const char *description_copy = arena_copy(violations->arena, view_make(description->bytes, description->len));
    if (!kept || !field_copy || !description_copy)
        return NULL;
    violations->bytes_left -= bytes;
    *kept = (struct violation){
        .field = view_make(field_copy, field->len),
        .description = view_make(description_copy, description->len),
    };
    return kept;
}

void violations_add(struct violations *violations, const struct field_path *path, const char *format, ...)
{
    violations->count++;
    struct text field = {.len = 0};
    struct text description = {.len = 0};
    append_path(&field, path);
    va_list arguments;
    va_start(arguments, format);
    vappend(&description, format, arguments);
    va_end(arguments);
    struct violation *kept = keep(violations, &field, &description);
    if (!kept) {
        violations->bytes_left = 0; /* so that none is kept out of order behind one that was not */
        return;
    }
    if (violations->last)
        violations->last->next = kept;
    else
        violations->first = kept;
    violations->last = kept;
}

/* Tells as many as fit; who wants all reads the details. */
static void write_message(const struct violations *violations, struct status *st)
{
    char told[STATUS_MESSAGE_BYTES_MAX - 64]; /* the rest is for the words before it */
    size_t len = 0;
    size_t count = 0;
    told[0] = '\0';
    for (const struct violation *each = violations->first; each; each = each->next, count++) {
        if (sizeof("; : ") + each->field.len + each->description.len > sizeof(told) - len)
            break;
        len += (size_t)sprintf(told + len, "%s%.*s: %.*s", count ? "; " : "", VIEW_ARG(each->field),
                               VIEW_ARG(each->description));
    }
    if (count == 0)
        status_fail(st, STATUS_INVALID_ARGUMENT, "%zu fields are wrong", violations->count);
    else if (violations->count == 1)
        status_fail(st, STATUS_INVALID_ARGUMENT, "%s", told);
    else if (count == violations->count)
        status_fail(st, STATUS_INVALID_ARGUMENT, "%zu fields are wrong: %s", count, told);
    else
        status_fail(st, STATUS_INVALID_ARGUMENT, "%zu fields are wrong, the first %zu: %s", violations->count, count,
                    told);
}

static bool write_violations(pb_ostream_t *stream, const pb_field_t *field, void *const *arg)
{
    const struct violations *violations = *arg;
    for (const struct violation *each = violations->first; each; each = each->next) {
        google_rpc_BadRequest_FieldViolation message = {
            .field = rpc_view_field(&each->field),
            .description = rpc_view_field(&each->description),
        };
        if (!pb_encode_tag_for_field(stream, field) ||
            !pb_encode_submessage(stream, google_rpc_BadRequest_FieldViolation_fields, &message))
            return false;
    }
    return true;
}

bool violations_status(const struct violations *violations, struct status *st)
{
    if (violations->count == 0)
        return true;
    write_message(violations, st);
    google_rpc_BadRequest message = {
        .field_violations = {.funcs.encode = write_violations, .arg = (void *)violations},
    };
    struct rpc_detail detail = {.type = VIEW("google.rpc.BadRequest")};
    if (rpc_encode(google_rpc_BadRequest_fields, &message, violations->arena, &detail.value))
        rpc_status_attach(st, &detail, 1, violations->arena);
    return false;
}
