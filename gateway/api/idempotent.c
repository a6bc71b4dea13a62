#include "gateway/api/idempotent.h"

bool idempotent_http_method(struct view http_method)
{
    static const char *const methods[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        if (view_equal_text(http_method, methods[i]))
            return true;
    return false;
}
