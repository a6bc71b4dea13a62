#include "codec/transcode/key_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As many as an attacker puts into one object of a request. */
#define MANY 50000

struct name {
    char text[24];
    size_t len;
};

/* "key 0", "key 1", … */
static struct name *make_names(size_t count)
{
    struct name *names = calloc(count, sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i].len = (size_t)snprintf(names[i].text, sizeof(names[i].text), "key %zu", i);
    return names;
}

static enum key_set_result add(struct key_set *set, struct view key)
{
    return key_set_add(set, key, key_hash(key));
}

static void finds_a_key_that_stands_twice_at_any_place(void **state)
{
    (void)state;
    enum { MOST = 70 };
    struct name *names = make_names(MOST);
    for (size_t count = 1; count <= MOST; count++) {
        for (size_t twice = 0; twice < count; twice++) {
            struct key_set set;
            key_set_init(&set, &key_set_bytes);
            for (size_t i = 0; i < count; i++)
                assert_int_equal(add(&set, view_make(names[i].text, names[i].len)), KEY_SET_ADDED);
            struct name copy = names[twice];
            assert_int_equal(add(&set, view_make(copy.text, copy.len)), KEY_SET_DUPLICATE);
            key_set_free(&set);
        }
    }
    free(names);
}

static void tells_keys_apart_that_are_alike(void **state)
{
    (void)state;
    static const struct view keys[] = {
        VIEW(""),
        VIEW("\0"),
        VIEW("\0\0"),
        VIEW("\0\0\0\0\0\0\0\0"),
        VIEW("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        VIEW("a"),
        VIEW("A"),
        VIEW("a\0"),
        VIEW("aa"),
        VIEW("ab"),
        VIEW("ba"),
        VIEW("beginning a end"),
        VIEW("beginning b end"), /* of the same length, beginning and end */
        VIEW("beginning, and then something A, and then the end"),
        VIEW("beginning, and then something B, and then the end"),
    };
    struct key_set set;
    key_set_init(&set, &key_set_bytes);
    for (size_t i = 0; i < COUNT(keys); i++)
        assert_int_equal(add(&set, keys[i]), KEY_SET_ADDED);
    for (size_t i = 0; i < COUNT(keys); i++)
        assert_int_equal(add(&set, keys[i]), KEY_SET_DUPLICATE);
    key_set_free(&set);
}

static void tells_keys_of_one_hash_apart(void **state)
{
    (void)state;
    struct name *names = make_names(1000);
    struct key_set set;
    key_set_init(&set, &key_set_bytes);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(key_set_add(&set, view_make(names[i].text, names[i].len), 7), KEY_SET_ADDED);
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(key_set_add(&set, view_make(names[i].text, names[i].len), 7), KEY_SET_DUPLICATE);
    key_set_free(&set);
    free(names);
}

static void takes_numbers_as_keys(void **state)
{
    (void)state;
    static const uint64_t strides[] = {
        1, 2, 64, 4096, UINT64_C(1) << 32, UINT64_C(1) << 48, UINT64_C(0x9e3779b97f4a7c15)};
    const struct view ignored = VIEW("any");
    for (size_t i = 0; i < COUNT(strides); i++) {
        struct key_set set;
        key_set_init(&set, &key_set_numbers);
        for (uint64_t j = 0; j < 2000; j++)
            assert_int_equal(key_set_add(&set, ignored, key_hash_number(j * strides[i])), KEY_SET_ADDED);
        for (uint64_t j = 0; j < 2000; j++)
            assert_int_equal(key_set_add(&set, ignored, key_hash_number(j * strides[i])), KEY_SET_DUPLICATE);
        key_set_free(&set);
    }
}

/* Of all keys together: how far each is from where it would be found first. It is what a lookup costs. */
static size_t count_steps(const struct key_set *set)
{
    size_t steps = 0, run = 0;
    for (size_t i = 0; i < (size_t)1 << set->slot_bits; i++) {
        run = set->slots[i] ? run + 1 : 0;
        steps += run;
    }
    return steps;
}

/* A key costs a few steps, however many there are: runs of taken slots stay short. */
static void takes_many_keys_in_few_steps_each(void **state)
{
    (void)state;
    struct name *names = make_names(MANY);
    struct key_set set;
    key_set_init(&set, &key_set_bytes);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(add(&set, view_make(names[i].text, names[i].len)), KEY_SET_ADDED);
    assert_int_equal(set.count, MANY);
    assert_true(count_steps(&set) < 8 * (size_t)MANY);
    for (size_t i = 0; i < MANY; i += 99)
        assert_int_equal(add(&set, view_make(names[i].text, names[i].len)), KEY_SET_DUPLICATE);
    key_set_free(&set);
    free(names);
}

/* Numbers that a client chose to fall together without a secret: their low bits are the same. */
static void spreads_numbers_that_were_chosen(void **state)
{
    (void)state;
    const struct view ignored = VIEW("any");
    struct key_set set;
    key_set_init(&set, &key_set_numbers);
    for (uint64_t i = 0; i < MANY; i++)
        assert_int_equal(key_set_add(&set, ignored, key_hash_number(i << 40)), KEY_SET_ADDED);
    assert_true(count_steps(&set) < 8 * (size_t)MANY);
    key_set_free(&set);
}

/* Every byte counts, wherever the key begins in memory, and so does the length. */
static void hashes_all_bytes_of_a_key(void **state)
{
    (void)state;
    char text[72], copy[80];
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i % 26);
    for (size_t len = 1; len <= sizeof(text); len++) {
        uint64_t hash = key_hash(view_make(text, len));
        memcpy(copy + len % 8, text, len);
        assert_true(key_hash(view_make(copy + len % 8, len)) == hash);
        assert_true(key_hash(view_make(text, len - 1)) != hash);
        for (size_t changed = 0; changed < len; changed++) {
            text[changed] ^= 1;
            assert_true(key_hash(view_make(text, len)) != hash);
            text[changed] ^= 1;
        }
    }
}

static void gives_different_numbers_different_hashes(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 64; a++)
        for (unsigned b = 0; b < 64; b++)
            assert_true((key_hash_number(UINT64_C(1) << a) == key_hash_number(UINT64_C(1) << b)) == (a == b));
}

/* Hashes that leak by their timing must not leak the C library's stack and pointer guards. */
static void secret_is_not_the_one_of_the_c_library(void **state)
{
    (void)state;
    assert_memory_not_equal(key_secret, (const void *)getauxval(AT_RANDOM), sizeof(key_secret));
    assert_true(key_secret[0] != 0 && key_secret[1] != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_key_that_stands_twice_at_any_place),
        cmocka_unit_test(tells_keys_apart_that_are_alike),
        cmocka_unit_test(tells_keys_of_one_hash_apart),
        cmocka_unit_test(takes_numbers_as_keys),
        cmocka_unit_test(takes_many_keys_in_few_steps_each),
        cmocka_unit_test(spreads_numbers_that_were_chosen),
        cmocka_unit_test(hashes_all_bytes_of_a_key),
        cmocka_unit_test(secret_is_not_the_one_of_the_c_library),
        cmocka_unit_test(gives_different_numbers_different_hashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
