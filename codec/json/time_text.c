/*
 * Timestamp: YYYY-MM-DDThh:mm:ss[.f…](Z|±hh:mm), a frame of 19 characters and a tail. The shape is checked first and
 * then the numbers, so that the message says what is wrong. Days are counted in years that begin in March: a leap day
 * is then the last of its year, and the days before a month are a linear function of the month.
 *
 * Duration: [-]s…[.f…]s, one sign for both parts.
 */
#include "codec/json/time_text.h"

#include "base/ascii.h"
#include "codec/json/number_text.h"

#define NANOS_PER_SECOND    1000000000
#define FRACTION_DIGITS_MAX 9

#define SECONDS_PER_DAY    86400
#define DAYS_PER_YEAR      365
#define DAYS_PER_4_YEARS   1461
#define DAYS_PER_100_YEARS 36524
#define DAYS_PER_400_YEARS 146097
#define DAYS_BEFORE_1970   719468 /* from 0000-03-01 */

#define TIMESTAMP_SECONDS_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define TIMESTAMP_SECONDS_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define DURATION_SECONDS_MAX  INT64_C(315576000000) /* 10,000 years of 365.25 days */

static const char TIMESTAMP_SHAPE[] = "expected a timestamp like 2024-05-01T10:00:00Z or 2024-05-01T12:00:00.5+02:00";
static const char TIMESTAMP_DATE[] = "expected a timestamp of a day that the calendar has";
static const char TIMESTAMP_TIME[] = "expected a timestamp from 00:00:00 to 23:59:59 of its day";
static const char TIMESTAMP_OFFSET[] = "expected a timestamp with an offset from -23:59 to +23:59";
static const char TIMESTAMP_RANGE[] =
    "expected a timestamp from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z";
static const char TIMESTAMP_NANOS[] = "expected a timestamp with nanos from 0 to 999999999";
static const char DURATION_SHAPE[] = "expected a duration in seconds like 3s or -1.5s, of at most 9 decimals";
static const char DURATION_RANGE[] = "expected a duration from -315576000000 to 315576000000 seconds";
static const char DURATION_NANOS[] = "expected a duration with nanos from -999999999 to 999999999";
static const char DURATION_SIGNS[] = "expected a duration with seconds and nanos of the same sign";

struct date {
    int year;
    int month; /* from 1 */
    int day;   /* from 1 */
};

static bool fail(struct status *st, const char *expected)
{
    status_fail(st, STATUS_INVALID_ARGUMENT, "%s", expected);
    return false;
}

/* Does the text begin with the shape, in which 0 stands for any digit? */
static bool has_shape(const char *p, const char *end, struct view shape)
{
    if ((size_t)(end - p) < shape.len)
        return false;
    for (size_t i = 0; i < shape.len; i++) {
        if (shape.data[i] == '0' ? !ascii_is_digit(p[i]) : p[i] != shape.data[i])
            return false;
    }
    return true;
}

static int two_digits(const char *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

/* A fraction of a second, which may be missing: *p is moved behind it. False when it has no digit, or too many. */
static bool read_fraction(const char **p, const char *end, int32_t *ret_nanos)
{
    int32_t nanos = 0;
    int count = 0;
    const char *next = *p;
    if (next < end && *next == '.') {
        for (next++; next < end && ascii_is_digit(*next) && count < FRACTION_DIGITS_MAX; next++, count++)
            nanos = nanos * 10 + (*next - '0');
        if (count == 0)
            return false;
        for (; count < FRACTION_DIGITS_MAX; count++)
            nanos *= 10;
    }
    *p = next;
    *ret_nanos = nanos;
    return true;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 to a date that exists, from the year 1 on. */
static int64_t days_of_date(struct date date)
{
    int march_month = (date.month + 9) % 12; /* March is 0 */
    int year = date.year - (date.month < 3);
    int day_of_year = (153 * march_month + 2) / 5 + date.day - 1;
    return (int64_t)year * DAYS_PER_YEAR + year / 4 - year / 100 + year / 400 + day_of_year - DAYS_BEFORE_1970;
}

/* The other way round, from the year 1 on. */
static struct date date_of_days(int64_t days)
{
    days += DAYS_BEFORE_1970;
    int era = (int)(days / DAYS_PER_400_YEARS);
    int day_of_era = (int)(days % DAYS_PER_400_YEARS);
    /* Leave the leap days out, and every year has 365 days. */
    int common_day = day_of_era - day_of_era / (DAYS_PER_4_YEARS - 1) + day_of_era / DAYS_PER_100_YEARS -
                     day_of_era / (DAYS_PER_400_YEARS - 1);
    int year = common_day / DAYS_PER_YEAR;
    int day_of_year = day_of_era - (year * DAYS_PER_YEAR + year / 4 - year / 100);
    int march_month = (5 * day_of_year + 2) / 153;
    int month = march_month < 10 ? march_month + 3 : march_month - 9;
    return (struct date){
        .year = era * 400 + year + (month < 3),
        .month = month,
        .day = day_of_year - (153 * march_month + 2) / 5 + 1,
    };
}

/* The offset from UTC at the end of a timestamp, in seconds. */
static bool read_offset(const char *p, const char *end, int *ret_offset, struct status *st)
{
    int offset = 0;
    if (end - p != 1 || *p != 'Z') {
        if (end - p != 6 || (*p != '+' && *p != '-') || !has_shape(p + 1, end, (struct view)VIEW("00:00")))
            return fail(st, TIMESTAMP_SHAPE);
        int hours = two_digits(p + 1);
        int minutes = two_digits(p + 4);
        if (hours > 23 || minutes > 59)
            return fail(st, TIMESTAMP_OFFSET);
        offset = (hours * 60 + minutes) * 60;
        if (*p == '-')
            offset = -offset;
    }
    *ret_offset = offset;
    return true;
}

bool time_text_parse_timestamp(struct view text, int64_t *ret_seconds, int32_t *ret_nanos, struct status *st)
{
    static const struct view frame = VIEW("0000-00-00T00:00:00");
    const char *p = text.data;
    const char *end = text.data + text.len;
    if (!has_shape(p, end, frame))
        return fail(st, TIMESTAMP_SHAPE);
    const char *tail = p + frame.len;
    int32_t nanos;
    if (!read_fraction(&tail, end, &nanos))
        return fail(st, TIMESTAMP_SHAPE);
    int offset = 0;
    if (!read_offset(tail, end, &offset, st))
        return false;

    struct date date = {two_digits(p) * 100 + two_digits(p + 2), two_digits(p + 5), two_digits(p + 8)};
    int hour = two_digits(p + 11);
    int minute = two_digits(p + 14);
    int second = two_digits(p + 17);
    if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > days_in_month(date.year, date.month))
        return fail(st, TIMESTAMP_DATE);
    if (hour > 23 || minute > 59 || second > 59)
        return fail(st, TIMESTAMP_TIME);
    if (date.year < 1)
        return fail(st, TIMESTAMP_RANGE);
    int64_t seconds = days_of_date(date) * SECONDS_PER_DAY + (hour * 60 + minute) * 60 + second - offset;
    if (seconds < TIMESTAMP_SECONDS_MIN || seconds > TIMESTAMP_SECONDS_MAX)
        return fail(st, TIMESTAMP_RANGE);
    *ret_seconds = seconds;
    *ret_nanos = nanos;
    return true;
}

bool time_text_parse_duration(struct view text, int64_t *ret_seconds, int32_t *ret_nanos, struct status *st)
{
    const char *p = text.data;
    const char *end = text.data + text.len;
    int sign = 1;
    if (p < end && *p == '-') {
        sign = -1;
        p++;
    }
    if (p == end || !ascii_is_digit(*p))
        return fail(st, DURATION_SHAPE);
    int64_t seconds = 0;
    for (; p < end && ascii_is_digit(*p); p++) {
        if (seconds <= DURATION_SECONDS_MAX)
            seconds = seconds * 10 + (*p - '0');
    }
    int32_t nanos;
    if (!read_fraction(&p, end, &nanos) || end - p != 1 || *p != 's')
        return fail(st, DURATION_SHAPE);
    if (seconds > DURATION_SECONDS_MAX)
        return fail(st, DURATION_RANGE);
    *ret_seconds = sign * seconds;
    *ret_nanos = sign * nanos;
    return true;
}

static char *write_two_digits(char *out, int value)
{
    out[0] = (char)('0' + value / 10);
    out[1] = (char)('0' + value % 10);
    return out + 2;
}

/* Nothing, or a point and 3, 6 or 9 digits. */
static char *write_fraction(char *out, int32_t nanos)
{
    if (nanos == 0)
        return out;
    /* With one digit before them, the nine have their leading zeros. */
    char *end = number_text_write_int32(out, NANOS_PER_SECOND + nanos);
    *out = '.';
    return nanos % 1000 != 0 ? end : nanos % 1000000 != 0 ? end - 3 : end - 6;
}

bool time_text_write_timestamp(char *out, int64_t seconds, int32_t nanos, char **ret_end, struct status *st)
{
    if (seconds < TIMESTAMP_SECONDS_MIN || seconds > TIMESTAMP_SECONDS_MAX)
        return fail(st, TIMESTAMP_RANGE);
    if (nanos < 0 || nanos >= NANOS_PER_SECOND)
        return fail(st, TIMESTAMP_NANOS);
    int64_t since_min = seconds - TIMESTAMP_SECONDS_MIN;
    int64_t days = TIMESTAMP_SECONDS_MIN / SECONDS_PER_DAY + since_min / SECONDS_PER_DAY;
    int second_of_day = (int)(since_min % SECONDS_PER_DAY);
    struct date date = date_of_days(days);
    out = write_two_digits(out, date.year / 100);
    out = write_two_digits(out, date.year % 100);
    *out++ = '-';
    out = write_two_digits(out, date.month);
    *out++ = '-';
    out = write_two_digits(out, date.day);
    *out++ = 'T';
    out = write_two_digits(out, second_of_day / 3600);
    *out++ = ':';
    out = write_two_digits(out, second_of_day / 60 % 60);
    *out++ = ':';
    out = write_two_digits(out, second_of_day % 60);
    out = write_fraction(out, nanos);
    *out++ = 'Z';
    *ret_end = out;
    return true;
}

bool time_text_write_duration(char *out, int64_t seconds, int32_t nanos, char **ret_end, struct status *st)
{
    if (seconds < -DURATION_SECONDS_MAX || seconds > DURATION_SECONDS_MAX)
        return fail(st, DURATION_RANGE);
    if (nanos <= -NANOS_PER_SECOND || nanos >= NANOS_PER_SECOND)
        return fail(st, DURATION_NANOS);
    if ((seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0))
        return fail(st, DURATION_SIGNS);
    if (seconds < 0 || nanos < 0) {
        *out++ = '-';
        seconds = -seconds;
        nanos = -nanos;
    }
    out = number_text_write_int64(out, seconds);
    out = write_fraction(out, nanos);
    *out++ = 's';
    *ret_end = out;
    return true;
}
