/* Two tables. */
#include "gateway/pipeline/http_status.h"

#include <stddef.h>

unsigned http_status_of_code(enum status_code code)
{
    static const unsigned short numbers[] = {
        [STATUS_OK] = 200,
        [STATUS_CANCELLED] = 499,
        [STATUS_UNKNOWN] = 500,
        [STATUS_INVALID_ARGUMENT] = 400,
        [STATUS_DEADLINE_EXCEEDED] = 504,
        [STATUS_NOT_FOUND] = 404,
        [STATUS_ALREADY_EXISTS] = 409,
        [STATUS_PERMISSION_DENIED] = 403,
        [STATUS_RESOURCE_EXHAUSTED] = 429,
        [STATUS_FAILED_PRECONDITION] = 400,
        [STATUS_ABORTED] = 409,
        [STATUS_OUT_OF_RANGE] = 400,
        [STATUS_UNIMPLEMENTED] = 501,
        [STATUS_INTERNAL] = 500,
        [STATUS_UNAVAILABLE] = 503,
        [STATUS_DATA_LOSS] = 500,
        [STATUS_UNAUTHENTICATED] = 401,
    };
    return (unsigned)code < sizeof(numbers) / sizeof(numbers[0]) ? numbers[code] : 500;
}

const char *http_status_backstage_name(unsigned http_status)
{
    static const struct {
        unsigned http_status;
        const char *name;
    } names[] = {
        {400, "InputError"},
        {401, "AuthenticationError"},
        {403, "NotAllowedError"},
        {404, "NotFoundError"},
        {405, "MethodNotAllowedError"},
        {409, "ConflictError"},
        {412, "PreconditionFailedError"},
        {413, "PayloadTooLargeError"},
        {415, "UnsupportedMediaTypeError"},
        {429, "TooManyRequestsError"},
        {431, "RequestHeaderFieldsTooLargeError"},
        {501, "NotImplementedError"},
        {503, "ServiceUnavailableError"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].http_status == http_status)
            return names[i].name;
    return "Error";
}
