/*
 * Answers that are the same for all requests, whoever gives them: errors in the form of error_body.h, with the fields that HTTP wants
 * beside a status.
 */
#ifndef GATEWAY_PIPELINE_ANSWERS_H
#define GATEWAY_PIPELINE_ANSWERS_H

#include "gateway/pipeline/error_body.h"
#include "gateway/pipeline/refusal.h"
#include "gateway/pipeline/reply_headers.h"
#include "web/http/http_exchange.h"

/*
 * Ends the exchange with an error. `said` has the fields that the service's metadata became; NULL when it was not asked. Allow, Retry-After
 * (with 503) and WWW-Authenticate (with 401) are added.
 */
void answer_refusal(struct http_exchange *exchange, const struct error_body_options *form,
                    const struct refusal *refusal, const struct reply_headers *said);

#endif
