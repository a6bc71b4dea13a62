/*
 * google.protobuf.Timestamp and Duration to their JSON text and back: "2024-05-01T10:00:00.250Z", "-1.5s".
 *
 * Memory   The caller's buffer of TIME_TEXT_BYTES_MAX bytes, where something is written; no terminator.
 * Limits   Timestamp: 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z, nanos 0 to 999,999,999.
 *          Duration: -315,576,000,000.999999999 s to +315,576,000,000.999999999 s, seconds and nanos of one sign.
 * Threads  Stateless.
 * Errors   INVALID_ARGUMENT, saying what was expected.
 * Sources  google/protobuf/{timestamp,duration}.proto; RFC 3339, of which ProtoJSON takes the strict part: upper-case T
 *          and Z, an offset (Z or ±hh:mm) that must be given, no 60th second, at most nine digits of a second's
 *          fraction.
 */
#ifndef CODEC_JSON_TIME_TEXT_H
#define CODEC_JSON_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

/* Room for either: the longest Timestamp has 30 bytes, the longest Duration 24. Bytes behind a text may change. */
#define TIME_TEXT_BYTES_MAX 64

MUST_USE bool time_text_parse_timestamp(struct view text, int64_t *ret_seconds, int32_t *ret_nanos, struct status *st);
MUST_USE bool time_text_parse_duration(struct view text, int64_t *ret_seconds, int32_t *ret_nanos, struct status *st);

/* In UTC, with 0, 3, 6 or 9 digits of a fraction, as many as the nanos need; *ret_end is behind the text. */
MUST_USE bool time_text_write_timestamp(char *out, int64_t seconds, int32_t nanos, char **ret_end, struct status *st);
MUST_USE bool time_text_write_duration(char *out, int64_t seconds, int32_t nanos, char **ret_end, struct status *st);

#endif
