/*
 * One field line after another, of a header or a trailer section: RFC 9112 section 5, with nothing of what it lets a
 * recipient repair. A folded line, white space before the colon, and a bare CR or LF are refused.
 */
#ifndef WEB_HTTP1_HTTP1_FIELD_H
#define WEB_HTTP1_HTTP1_FIELD_H

#include "base/view.h"
#include "web/http/http_field.h"
#include "web/http1/http1_fault.h"

enum http1_field_result {
    HTTP1_FIELD,     /* one was taken */
    HTTP1_FIELD_END, /* the blank line behind the last one was taken */
    HTTP1_FIELD_BAD,
};

/* Takes one line off `*rest`. The field's views point into it. An input that ends before its line does is bad. */
enum http1_field_result http1_field_read(struct view *rest, struct http_field *ret_field, struct http1_fault *fault);

#endif
