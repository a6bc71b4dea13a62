/*
 * field-line = field-name ":" OWS field-value OWS
 * The scan for control characters finds the end of a value; what it finds there must be CR LF.
 */
#include "web/http1/http1_field.h"

#include "web/http1/http1_byte.h"
#include "web/http1/http1_scan.h"

static enum http1_field_result bad(struct http1_fault *fault, const char *message)
{
    http1_fail(fault, 400, message);
    return HTTP1_FIELD_BAD;
}

static enum http1_field_result bad_name(struct view rest, size_t at, struct http1_fault *fault)
{
    bool space = at < rest.len && http1_byte_is_space(rest.data[at]);
    if (space && at == 0)
        return bad(fault, "expected a field name at the start of a line, not white space; folded lines are not read");
    if (space)
        return bad(fault, "expected ':' directly after a field name, not white space");
    return bad(fault, "expected a field name, a token, and ':'");
}

enum http1_field_result http1_field_read(struct view *rest, struct http_field *ret_field, struct http1_fault *fault)
{
    const char *data = rest->data;
    size_t len = rest->len;
    if (len >= 2 && data[0] == '\r' && data[1] == '\n') {
        *rest = view_make(data + 2, len - 2);
        return HTTP1_FIELD_END;
    }
    size_t colon = 0;
    while (colon < len && http1_byte_is(data[colon], HTTP1_BYTE_TOKEN))
        colon++;
    if (colon == 0 || colon == len || data[colon] != ':')
        return bad_name(*rest, colon, fault);

    size_t from = colon + 1;
    while (from < len && http1_byte_is_space(data[from]))
        from++;
    size_t end = http1_scan(data, from, len);
    if (len - end < 2 || data[end] != '\r' || data[end + 1] != '\n')
        return bad(fault, "expected a field value without control characters, and CR LF behind it");
    size_t next = end + 2;
    while (end > from && http1_byte_is_space(data[end - 1]))
        end--;
    ret_field->name = view_make(data, colon);
    ret_field->value = view_make(data + from, end - from);
    *rest = view_make(data + next, len - next);
    return HTTP1_FIELD;
}
