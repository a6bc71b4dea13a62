#include "gateway/transcode/key_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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
    return key_set_add(set, key, key_fingerprint(key));
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
        VIEW("beginning b end"), /* of the same length, beginning and end: the fingerprints are the same */
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

static void tells_keys_of_one_fingerprint_apart(void **state)
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
            assert_int_equal(key_set_add(&set, ignored, j * strides[i]), KEY_SET_ADDED);
        for (uint64_t j = 0; j < 2000; j++)
            assert_int_equal(key_set_add(&set, ignored, j * strides[i]), KEY_SET_DUPLICATE);
        key_set_free(&set);
    }
}

/* Of all keys together: how far each is from where it would be found first. It is what a lookup costs. */
static size_t count_steps(const struct key_set *set)
{
    size_t steps = 0, run = 0;
    for (size_t i = 0; i <= set->slot_mask; i++) {
        run = set->slots[i].key.data ? run + 1 : 0;
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
        assert_int_equal(key_set_add(&set, ignored, i << 40), KEY_SET_ADDED);
    assert_true(count_steps(&set) < 8 * (size_t)MANY);
    key_set_free(&set);
}

static void hashes_pieces_like_the_whole(void **state)
{
    (void)state;
    static const char text[] = "some text of more than sixteen bytes, to be hashed in pieces";
    struct key_hasher whole;
    key_hasher_init(&whole);
    key_hasher_add(&whole, view_make(text, sizeof(text) - 1));
    for (size_t first = 0; first < sizeof(text); first++)
        for (size_t second = first; second < sizeof(text); second++) {
            struct key_hasher pieces;
            key_hasher_init(&pieces);
            key_hasher_add(&pieces, view_make(text, first));
            key_hasher_add(&pieces, view_make(text + first, second - first));
            key_hasher_add(&pieces, view_make(text + second, sizeof(text) - 1 - second));
            assert_true(key_hasher_finish(&pieces) == key_hasher_finish(&whole));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_key_that_stands_twice_at_any_place),
        cmocka_unit_test(tells_keys_apart_that_are_alike),
        cmocka_unit_test(tells_keys_of_one_fingerprint_apart),
        cmocka_unit_test(takes_numbers_as_keys),
        cmocka_unit_test(takes_many_keys_in_few_steps_each),
        cmocka_unit_test(spreads_numbers_that_were_chosen),
        cmocka_unit_test(hashes_pieces_like_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
