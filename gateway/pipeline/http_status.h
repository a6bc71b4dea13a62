/*
 * HTTP numbers for gRPC codes, and the names of @backstage/errors for HTTP numbers: the one place that has either.
 *
 * Source   The comments of google/rpc/code.proto. For what has no gRPC code of its own (405, 412, 413, 415, 431): RFC
 *          9110, RFC 6585.
 */
#ifndef GATEWAY_PIPELINE_HTTP_STATUS_H
#define GATEWAY_PIPELINE_HTTP_STATUS_H

#include "base/status.h"

#define HTTP_STATUS_OK                     200
#define HTTP_STATUS_NO_CONTENT             204
#define HTTP_STATUS_RESET_CONTENT          205
#define HTTP_STATUS_NOT_MODIFIED           304
#define HTTP_STATUS_BAD_REQUEST            400
#define HTTP_STATUS_UNAUTHORIZED           401
#define HTTP_STATUS_METHOD_NOT_ALLOWED     405
#define HTTP_STATUS_PRECONDITION_FAILED    412
#define HTTP_STATUS_CONTENT_TOO_LARGE      413
#define HTTP_STATUS_UNSUPPORTED_MEDIA_TYPE 415
#define HTTP_STATUS_HEADER_TOO_LARGE       431
#define HTTP_STATUS_INTERNAL_SERVER_ERROR  500
#define HTTP_STATUS_BAD_GATEWAY            502
#define HTTP_STATUS_UNAVAILABLE            503
#define HTTP_STATUS_GATEWAY_TIMEOUT        504

/* 200 for OK; 500 for a number that is not a code. */
unsigned http_status_of_code(enum status_code code);

/* "InputError"; "Error" where Backstage has no name. */
const char *http_status_backstage_name(unsigned http_status);

#endif
