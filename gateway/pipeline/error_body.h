/*
 * The JSON body of an error, in the form that the clients of this gateway parse.
 *
 *   ERROR_BODY_STATUS     google.rpc.Status: {"code":5,"message":"…","details":[…]}
 *   ERROR_BODY_BACKSTAGE  @backstage/errors: {"error":{"name":"NotFoundError","message":"…","details":[…]},
 *                         "request":{"method":"GET","url":"/…"},"response":{"statusCode":404}}
 *
 * `details` is there when the service sent any (error_details.h). A body is never empty: when memory runs out, it is a
 * constant.
 */
#ifndef GATEWAY_PIPELINE_ERROR_BODY_H
#define GATEWAY_PIPELINE_ERROR_BODY_H

#include "base/arena.h"
#include "base/buf.h"
#include "codec/transcode/transcode.h"
#include "gateway/pipeline/refusal.h"

enum error_body_form {
    ERROR_BODY_STATUS,
    ERROR_BODY_BACKSTAGE,
};

struct error_body_options {
    enum error_body_form form;
    const struct transcode_options *json; /* for details */
};

/* Replaces the content of `out`. url is path and query as sent. */
void error_body_write(const struct error_body_options *options, const struct refusal *refusal, struct view method,
                      struct view url, struct arena *arena, struct buf *out);

#endif
