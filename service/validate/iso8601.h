/*
 * Points in time as text: ISO 8601 dates and date-times as people write them, RFC 3339 stamps as the service writes them.
 *
 *     date      = YYYY "-" MM "-" DD                           of a day that exists, years 0000 to 9999
 *     date-time = date ("T" / "t" / " ") hh ":" mm [":" ss [("." / ",") 1*DIGIT]] [zone]
 *     zone      = "Z" / "z" / ("+" / "-") hh [[":"] mm]        without one: UTC
 *
 * Second 60, the leap second, is read as the last millisecond of its minute. Week dates, ordinal dates, the forms without
 * separators and 24:00 are not read.
 *
 * Source   ISO 8601-1:2019; RFC 3339, section 5.6.
 */
#ifndef SERVICE_VALIDATE_ISO8601_H
#define SERVICE_VALIDATE_ISO8601_H

#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

/* Milliseconds since 1970-01-01T00:00:00Z. A date-time is one, a date lasts a day. */
struct iso8601_time {
    int64_t first_ms;
    int64_t last_ms;
};

/* False when the text is neither. */
MUST_USE bool iso8601_parse(struct view text, struct iso8601_time *ret_time);

/* Bytes of a stamp, its terminator included. */
#define ISO8601_STAMP_BYTES sizeof("2024-05-01T10:00:00.123Z")

/* Writes milliseconds since 1970 as an RFC 3339 date-time in UTC with three decimals. Years 0000 to 9999. */
void iso8601_write_stamp(int64_t time_ms, char ret_stamp[static ISO8601_STAMP_BYTES]);

#endif
