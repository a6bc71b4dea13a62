/*
 * The exact comparison of a decimal text with a binary number, in integers of any size that can occur.
 *
 * text * 10^e against binary * 2^k: factors of five that one side lacks are multiplied into the other, then the side
 * that is short of factors of two is shifted, and the integers are compared.
 *
 * Digits behind the first 768 need not be known, only whether one of them is not zero: a number that lies halfway
 * between two doubles ends before, so that a longer decimal which agrees so far is above it. One more digit, 1, stands
 * for them all.
 *
 * Sizes: the text gives at most 769 digits, 2,555 bits. Its exponent is not below -1,092 (the least double's magnitude
 * and so many digits), so that binary * 5^1092 has at most 54 + 2,536 bits. The side that is shifted does not grow
 * beyond the other by more than their ratio.
 */
#include <assert.h>

#include "codec/json/decimal.h"

#define DIGITS_MAX 768
#define WORDS_MAX  48

struct big {
    uint64_t words[WORDS_MAX]; /* least first */
    int count;                 /* without leading zeros */
};

static struct big big_of(uint64_t value)
{
    return (struct big){.words = {value}, .count = value != 0};
}

static void multiply_add(struct big *big, uint64_t factor, uint64_t addend)
{
    uint64_t carry = addend;
    for (int i = 0; i < big->count; i++) {
        unsigned __int128 product = (unsigned __int128)big->words[i] * factor + carry;
        big->words[i] = (uint64_t)product;
        carry = (uint64_t)(product >> 64);
    }
    if (carry) {
        assert(big->count < WORDS_MAX);
        big->words[big->count++] = carry;
    }
}

static void multiply_by_power_of_five(struct big *big, int64_t power)
{
    const uint64_t five_to_the_27th = UINT64_C(7450580596923828125);
    for (; power >= 27; power -= 27)
        multiply_add(big, five_to_the_27th, 0);
    uint64_t factor = 1;
    for (; power > 0; power--)
        factor *= 5;
    multiply_add(big, factor, 0);
}

static void shift_left(struct big *big, int64_t bits)
{
    if (big->count == 0)
        return;
    int whole = (int)(bits / 64);
    int part = (int)(bits % 64);
    assert(big->count + whole + 1 <= WORDS_MAX);
    big->words[big->count] = 0;
    for (int i = big->count; i >= 0; i--) {
        uint64_t from_below = i > 0 && part > 0 ? big->words[i - 1] >> (64 - part) : 0;
        big->words[i + whole] = big->words[i] << part | from_below;
    }
    for (int i = 0; i < whole; i++)
        big->words[i] = 0;
    big->count += whole;
    big->count += big->words[big->count] != 0;
}

static int compare(const struct big *a, const struct big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (int i = a->count - 1; i >= 0; i--) {
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    }
    return 0;
}

/* Reads the text's digits as one integer; *ret_exponent is the decimal exponent of its last digit. */
static struct big read_digits(const struct decimal *decimal, int64_t *ret_exponent)
{
    struct big big = big_of(0);
    int64_t exponent = decimal->text_exponent;
    int digit_count = 0;
    uint64_t chunk = 0;
    uint64_t scale = 1;
    bool more = false;
    for (const char *p = decimal->text; p < decimal->text_end; p++) {
        if (*p == '.')
            continue;
        uint64_t digit = (uint64_t)(*p - '0');
        if (digit_count == DIGITS_MAX) {
            exponent++;
            more |= digit != 0;
            continue;
        }
        digit_count += digit_count > 0 || digit > 0;
        chunk = chunk * 10 + digit;
        scale *= 10;
        if (scale == UINT64_C(1000000000000000000)) {
            multiply_add(&big, scale, chunk);
            chunk = 0;
            scale = 1;
        }
    }
    multiply_add(&big, scale, chunk);
    if (more) {
        multiply_add(&big, 10, 1);
        exponent--;
    }
    *ret_exponent = exponent;
    return big;
}

int decimal_compare(const struct decimal *decimal, uint64_t binary, int exponent)
{
    int64_t decimal_exponent;
    struct big a = read_digits(decimal, &decimal_exponent);
    struct big b = big_of(binary);
    if (decimal_exponent >= 0)
        multiply_by_power_of_five(&a, decimal_exponent);
    else
        multiply_by_power_of_five(&b, -decimal_exponent);
    int64_t twos = decimal_exponent - exponent;
    if (twos >= 0)
        shift_left(&a, twos);
    else
        shift_left(&b, -twos);
    return compare(&a, &b);
}
