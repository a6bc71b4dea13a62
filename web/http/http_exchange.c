#include "web/http/http_exchange.h"

#include "base/ascii.h"

struct view http_exchange_field(const struct http_exchange *exchange, const char *name)
{
    for (size_t i = 0; i < exchange->field_count; i++)
        if (ascii_equal_any_case(exchange->fields[i].name, view_of(name)))
            return exchange->fields[i].value;
    return (struct view){0};
}
