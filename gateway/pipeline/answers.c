#include "gateway/pipeline/answers.h"

#include "base/budget.h"

void answer_refusal(struct http_exchange *exchange, const struct error_body_options *form,
                    const struct refusal *refusal, const struct reply_headers *said)
{
    unsigned http_status = refusal_http_status(refusal);
    struct reply_headers headers = {.count = 0};
    if (said)
        headers = *said;
    reply_headers_add(&headers, "Content-Type", "application/json");
    if (refusal->allow)
        reply_headers_add(&headers, "Allow", refusal->allow);
    else if (http_status == HTTP_STATUS_UNAVAILABLE)
        reply_headers_add(&headers, "Retry-After", "1");
    else if (http_status == HTTP_STATUS_UNAUTHORIZED)
        reply_headers_add(&headers, "WWW-Authenticate", "Bearer");
    if (exchange->reply.account && exchange->reply.account->refused) { /* what it could not grow to is in the way */
        buf_free(&exchange->reply);
        buf_free(&exchange->incoming);
        buf_free(&exchange->scratch);
    }
    error_body_write(form, refusal, exchange->method, exchange->target, &exchange->arena, &exchange->reply);
    http_exchange_answer(exchange, http_status, headers.items, headers.count);
}
