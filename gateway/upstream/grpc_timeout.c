#include "gateway/upstream/grpc_timeout.h"

#include "base/ascii.h"

#define DIGITS_MAX 8

/* Nanoseconds of a unit; 0 when it is none. Eight digits of the larger units fit into 64 bits as milliseconds only. */
static uint64_t unit_ns(char unit)
{
    switch (unit) {
    case 'H': return UINT64_C(3600000000000);
    case 'M': return UINT64_C(60000000000);
    case 'S': return UINT64_C(1000000000);
    case 'm': return 1000000;
    case 'u': return 1000;
    case 'n': return 1;
    default: return 0;
    }
}

bool grpc_timeout_parse(struct view text, uint64_t *ret_ms, struct status *st)
{
    uint64_t number = 0;
    size_t digits = 0;
    while (digits < text.len && digits < DIGITS_MAX && ascii_is_digit(text.data[digits]))
        number = number * 10 + (uint64_t)(text.data[digits++] - '0');
    uint64_t unit = digits && text.len == digits + 1 ? unit_ns(text.data[digits]) : 0;
    if (!unit)
        return status_fail(st, STATUS_INVALID_ARGUMENT,
                           "Grpc-Timeout: expected up to eight digits and one of H, M, S, m, u, n, such as 500m");
    uint64_t whole_ms = unit >= 1000000 ? number * (unit / 1000000) : (number * unit + 999999) / 1000000;
    *ret_ms = whole_ms;
    return true;
}

size_t grpc_timeout_write(uint64_t ms, char ret_text[static GRPC_TIMEOUT_BYTES])
{
    static const struct {
        char unit;
        uint64_t ms;
    } units[] = {{'m', 1}, {'S', 1000}, {'M', 60000}, {'H', 3600000}};
    const uint64_t most = 99999999;
    uint64_t number = ms;
    size_t i = 0;
    while (i < 3 && number > most) {
        i++;
        number = ms / units[i].ms + (ms % units[i].ms ? 1 : 0);
    }
    number = number < most ? number : most;
    char digits[20];
    size_t len = 0;
    do
        digits[len++] = (char)('0' + number % 10);
    while (number /= 10);
    for (size_t at = 0; at < len; at++)
        ret_text[at] = digits[len - 1 - at];
    ret_text[len] = units[i].unit;
    return len + 1;
}
