/*
 * Machine numbers to JSON number text.
 *
 * Flow     Reserve NUMBER_TEXT_BYTES_MAX bytes, write, go on at the returned end.
 * Memory   The caller's. Bytes from the returned end to NUMBER_TEXT_BYTES_MAX may be overwritten; no terminator.
 * Threads  Stateless.
 * Format   double and float: the fewest digits that read back to the same value, of these the nearest to it, laid out
 *          as ECMAScript's Number::toString does, which is what Go's protojson and JSON.stringify print:
 *              0.000001 <= |x| < 1e21   1  50.5  0.000001  123456789012345680000
 *              otherwise                1e+21  1.5e+300  1e-7  5e-324
 *          save that zero keeps its sign: 0, -0. protobuf C++ agrees for 1e-4 <= |x| < 1e15, and elsewhere writes
 *          another spelling of the same value (1e+15, 1e-05).
 *
 *     out = number_text_write_int64(out, -7);
 */
#ifndef CODEC_JSON_NUMBER_TEXT_H
#define CODEC_JSON_NUMBER_TEXT_H

#include <stdint.h>

/* Room for any number, and to spare: the longest have 25 bytes, such as -0.0000012345678901234567. */
#define NUMBER_TEXT_BYTES_MAX 32

char *number_text_write_int32(char *out, int32_t value);
char *number_text_write_uint32(char *out, uint32_t value);
char *number_text_write_int64(char *out, int64_t value);
char *number_text_write_uint64(char *out, uint64_t value);

/* The value must be finite: JSON has no NaN and no infinity, and ProtoJSON's strings for them are the caller's. */
char *number_text_write_double(char *out, double value);
char *number_text_write_float(char *out, float value);

#endif
