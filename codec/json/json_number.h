/*
 * JSON number text to machine numbers: exact, correctly rounded, the same in every locale.
 *
 * Flow     One call reads one number at p: it checks the grammar and converts, in one pass. The scanner calls it where
 *          a value begins. For a number in quotes ("12" is as good as 12 in ProtoJSON) give the string's content, and
 *          check that *ret_end is its end.
 * Memory   None but the stack, whatever the length of the text.
 * Limits   None: any number of digits, any exponent. Time is linear in the length of the text.
 * Threads  Stateless.
 * Errors   enum json_number_result; the caller knows field and position, and says the sentence.
 * Sources  RFC 8259 section 6 (grammar); https://protobuf.dev/programming-guides/json/ (ranges, integral forms).
 *
 *     double value;
 *     switch (json_parse_double(p, end, &value, &p)) {
 *     case JSON_NUMBER_OK: …
 *     case JSON_NUMBER_OUT_OF_RANGE: …
 *     default: …expected a number, and p is where it stopped being one…
 *     }
 */
#ifndef CODEC_JSON_JSON_NUMBER_H
#define CODEC_JSON_JSON_NUMBER_H

#include <stdint.h>

#include "base/status.h"

enum json_number_result {
    JSON_NUMBER_OK,
    JSON_NUMBER_MALFORMED,    /* not a number; *ret_end is the first byte that does not fit, or end */
    JSON_NUMBER_NOT_INTEGRAL, /* a number, but not a whole one: 1.5 for an integer field */
    JSON_NUMBER_OUT_OF_RANGE, /* a number, but the type does not hold it */
};

/*
 * All four: the number starts at p and is not read beyond end; p == end is malformed. *ret_end is always set, behind
 * the number, or as JSON_NUMBER_MALFORMED says; *ret_value only on JSON_NUMBER_OK. What follows the number is not
 * judged, except that a digit after a leading zero ("01") is malformed. ret_end may be &p.
 */

/* The nearest double, ties to even. Too small becomes 0 or -0; what rounds to infinity is out of range. */
MUST_USE enum json_number_result json_parse_double(const char *p, const char *end, double *ret_value,
                                                   const char **ret_end);

/* The float nearest to the text itself, not to the double nearest to it. */
MUST_USE enum json_number_result json_parse_float(const char *p, const char *end, float *ret_value,
                                                  const char **ret_end);

/*
 * Whole numbers in any spelling: 1000, 1e3, 1.0, 100000e-2, -0. This is also how to ask whether a number is integral,
 * and its exact value. For narrower types check the range of what comes back.
 */
MUST_USE enum json_number_result json_parse_int64(const char *p, const char *end, int64_t *ret_value,
                                                  const char **ret_end);
MUST_USE enum json_number_result json_parse_uint64(const char *p, const char *end, uint64_t *ret_value,
                                                   const char **ret_end);

#endif
