#include "grpc/client/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* after the above */
#include <cmocka.h>

static void is_the_name_that_grpc_resolves(void **state)
{
    static const struct {
        const char *text;
        const char *target;
    } cases[] = {
        {"127.0.0.1:50051", "127.0.0.1:50051"},
        {"[::1]:50051", "[::1]:50051"},
        {"tracks:50051", "tracks:50051"},
        {"tracks", "tracks"},
        {"dns:///tracks:50051", "dns:///tracks:50051"},
        {"dns://10.0.0.53/tracks:50051", "dns://10.0.0.53/tracks:50051"},
        {"ipv4:10.0.0.1:1,10.0.0.2:2", "ipv4:10.0.0.1:1,10.0.0.2:2"},
        {"unix:/run/a,b", "unix:/run/a,b"},
        {"10.0.0.1:1,10.0.0.2:65535", "ipv4:10.0.0.1:1,10.0.0.2:65535"},
        {"[::1]:1,[fd00::2]:2", "ipv6:[::1]:1,[fd00::2]:2"},
        {"10.0.0.1:1,[::1]:2,10.0.0.3:3", "ipv6:[::ffff:10.0.0.1]:1,[::1]:2,[::ffff:10.0.0.3]:3"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena;
        struct status st;
        const char *target;
        arena_init(&arena, 4096);
        if (!grpc_client_target(cases[i].text, &arena, &target, &st))
            fail_msg("%s: %s", cases[i].text, st.message);
        assert_string_equal(target, cases[i].target);
        arena_free(&arena);
    }
}

static void refuses_what_is_neither_an_address_nor_a_list_of_them(void **state)
{
    static const char *const cases[] = {
        "",
        ",",
        "10.0.0.1:1,",
        ",10.0.0.1:1",
        "10.0.0.1:1,,10.0.0.2:2",
        "10.0.0.1:1, 10.0.0.2:2",
        "a:1,b:2",
        "10.0.0.1:1,tracks:2",
        "10.0.0.1,10.0.0.2",
        "10.0.0.1:0,10.0.0.2:1",
        "10.0.0.1:65536,10.0.0.2:1",
        "10.0.0.1:100000,10.0.0.2:1",
        "10.0.0.1:1x,10.0.0.2:1",
        "10.0.0.1:,10.0.0.2:1",
        "10.0.0.256:1,10.0.0.2:1",
        "::1:1,[::1]:2",
        "[::1:1,[::1]:2",
        "[]:1,[::1]:2",
        "[::1]1,[::1]:2",
        "[1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111]:1,[::1]:2",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena;
        struct status st;
        const char *target = NULL;
        arena_init(&arena, 4096);
        if (grpc_client_target(cases[i], &arena, &target, &st))
            fail_msg("\"%s\" was taken for %s", cases[i], target);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_null(target);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_the_name_that_grpc_resolves),
        cmocka_unit_test(refuses_what_is_neither_an_address_nor_a_list_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
