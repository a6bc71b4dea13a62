/*
 * Days are counted in years that begin in March: then the leap day is the last of the year, and months have a closed form.
 */
#include "service/validate/iso8601.h"

#define MS_PER_SECOND   INT64_C(1000)
#define MS_PER_MINUTE   (60 * MS_PER_SECOND)
#define MS_PER_HOUR     (60 * MS_PER_MINUTE)
#define MS_PER_DAY      (24 * MS_PER_HOUR)
#define DAYS_PER_400    146097 /* the calendar repeats after 400 years */
#define DAYS_UNTIL_1970 719468 /* from 0000-03-01 */

struct date {
    int year;
    int month;
    int day;
};

/* Days from the first of March to the first of the month-th month behind it (0: March). */
static int days_of_months(int month)
{
    return (153 * month + 2) / 5;
}

static int64_t days_since_1970(struct date date)
{
    int year = date.month <= 2 ? date.year - 1 : date.year;
    int era = (year >= 0 ? year : year - 399) / 400;
    int year_of_era = year - era * 400;
    int day_of_year = days_of_months((date.month + 9) % 12) + date.day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int64_t)era * DAYS_PER_400 + day_of_era - DAYS_UNTIL_1970;
}

static struct date date_of_days(int64_t days)
{
    days += DAYS_UNTIL_1970;
    int64_t era = (days >= 0 ? days : days - DAYS_PER_400 + 1) / DAYS_PER_400;
    int day_of_era = (int)(days - era * DAYS_PER_400);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month = (5 * day_of_year + 2) / 153;
    return (struct date){
        .year = (int)(era * 400) + year_of_era + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = day_of_year - days_of_months(month) + 1,
    };
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* ---- Reading: each function takes its production off the text ---- */

static bool take_char(struct view *text, const char *any_of)
{
    if (!text->len || !*text->data || !strchr(any_of, *text->data))
        return false;
    *text = view_make(text->data + 1, text->len - 1);
    return true;
}

static bool take_number(struct view *text, int digits, int min, int max, int *ret_number)
{
    int number = 0;
    if (text->len < (size_t)digits)
        return false;
    for (int i = 0; i < digits; i++) {
        char digit = text->data[i];
        if (digit < '0' || digit > '9')
            return false;
        number = number * 10 + (digit - '0');
    }
    *text = view_make(text->data + digits, text->len - (size_t)digits);
    *ret_number = number;
    return min <= number && number <= max;
}

static bool take_date(struct view *text, int64_t *ret_ms)
{
    struct date date;
    if (!take_number(text, 4, 0, 9999, &date.year) || !take_char(text, "-") ||
        !take_number(text, 2, 1, 12, &date.month) || !take_char(text, "-") || !take_number(text, 2, 1, 31, &date.day) ||
        date.day > days_in_month(date.year, date.month))
        return false;
    *ret_ms = days_since_1970(date) * MS_PER_DAY;
    return true;
}

/* One digit or more, of which the first three count. */
static bool take_fraction(struct view *text, int *ret_ms)
{
    int weight = 100;
    int digit;
    *ret_ms = 0;
    if (!take_number(text, 1, 0, 9, &digit))
        return false;
    do {
        *ret_ms += digit * weight;
        weight /= 10;
    } while (take_number(text, 1, 0, 9, &digit));
    return true;
}

static bool take_time(struct view *text, int64_t *ret_ms)
{
    int hour;
    int minute;
    int second = 0;
    int ms = 0;
    if (!take_number(text, 2, 0, 23, &hour) || !take_char(text, ":") || !take_number(text, 2, 0, 59, &minute))
        return false;
    if (take_char(text, ":") &&
        (!take_number(text, 2, 0, 60, &second) || (take_char(text, ".,") && !take_fraction(text, &ms))))
        return false;
    if (second == 60) {
        second = 59;
        ms = 999;
    }
    *ret_ms = hour * MS_PER_HOUR + minute * MS_PER_MINUTE + second * MS_PER_SECOND + ms;
    return true;
}

static bool take_zone(struct view *text, int64_t *ret_offset_ms)
{
    *ret_offset_ms = 0;
    if (!text->len || take_char(text, "Zz"))
        return true;
    bool west = *text->data == '-';
    int hours;
    int minutes = 0;
    if (!take_char(text, "+-") || !take_number(text, 2, 0, 23, &hours))
        return false;
    if ((take_char(text, ":") || text->len) && !take_number(text, 2, 0, 59, &minutes))
        return false;
    *ret_offset_ms = (hours * MS_PER_HOUR + minutes * MS_PER_MINUTE) * (west ? -1 : 1);
    return true;
}

bool iso8601_parse(struct view text, struct iso8601_time *ret_time)
{
    int64_t day_ms;
    int64_t time_ms;
    int64_t offset_ms;
    if (!take_date(&text, &day_ms))
        return false;
    if (!text.len) {
        *ret_time = (struct iso8601_time){day_ms, day_ms + MS_PER_DAY - 1};
        return true;
    }
    if (!take_char(&text, "Tt ") || !take_time(&text, &time_ms) || !take_zone(&text, &offset_ms) || text.len)
        return false;
    int64_t ms = day_ms + time_ms - offset_ms;
    *ret_time = (struct iso8601_time){ms, ms};
    return true;
}

/* ---- Writing ---- */

static char *put_number(char *place, int digits, int64_t number, char behind)
{
    for (int i = digits - 1; i >= 0; i--) {
        place[i] = (char)('0' + number % 10);
        number /= 10;
    }
    place[digits] = behind;
    return place + digits + 1;
}

void iso8601_write_stamp(int64_t time_ms, char ret_stamp[static ISO8601_STAMP_BYTES])
{
    int64_t days = time_ms / MS_PER_DAY - (time_ms % MS_PER_DAY < 0);
    int64_t ms = time_ms - days * MS_PER_DAY;
    struct date date = date_of_days(days);
    char *place = put_number(ret_stamp, 4, date.year, '-');
    place = put_number(place, 2, date.month, '-');
    place = put_number(place, 2, date.day, 'T');
    place = put_number(place, 2, ms / MS_PER_HOUR, ':');
    place = put_number(place, 2, ms / MS_PER_MINUTE % 60, ':');
    place = put_number(place, 2, ms / MS_PER_SECOND % 60, '.');
    place = put_number(place, 3, ms % MS_PER_SECOND, 'Z');
    *place = '\0';
}
