/* One field of a header or trailer section (RFC 9110 section 5). */
#ifndef WEB_HTTP_HTTP_FIELD_H
#define WEB_HTTP_HTTP_FIELD_H

#include "base/view.h"

struct http_field {
    struct view name;  /* a token, in the case in which it was sent */
    struct view value; /* without the white space around it; may be empty; no control characters but TAB */
};

#endif
