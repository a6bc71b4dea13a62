#include "gateway/upstream/upstream_target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
/* after the above */
#include <cmocka.h>

#include "gateway/upstream/limits.h"

#define ARENA_BYTES_MAX (1 << 20)

/* The addresses, each followed by a blank. */
static void write_addresses(const struct upstream_target *target, char *out, size_t out_bytes)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < target->address_count; i++)
        len += (size_t)snprintf(out + len, out_bytes - len, "%s ", target->addresses[i].text);
}

static void reads_lists_of_addresses(void **state)
{
    static const struct {
        const char *text;
        const char *addresses;
        const char *authority;
    } cases[] = {
        {"127.0.0.1:50051", "127.0.0.1:50051 ", "127.0.0.1:50051"},
        {"[::1]:50051", "[::1]:50051 ", "[::1]:50051"},
        {"1.2.3.4:1,[fd00::2]:2", "1.2.3.4:1 [fd00::2]:2 ", "1.2.3.4:1"},
        {"[fd00::2]:2,1.2.3.4:65535", "[fd00::2]:2 1.2.3.4:65535 ", "[fd00::2]:2"},
        {"ipv4:10.0.0.1", "10.0.0.1:443 ", "10.0.0.1:443"},
        {"ipv4:10.0.0.1:50051,10.0.0.2", "10.0.0.1:50051 10.0.0.2:443 ", "10.0.0.1:50051"},
        {"ipv6:[fd00::1]:50051,[fd00::2]", "[fd00::1]:50051 [fd00::2]:443 ", "[fd00::1]:50051"},
        {"ipv6:fd00::1,::1", "[fd00::1]:443 [::1]:443 ", "[fd00::1]:443"},
        {"ipv6:[::ffff:10.0.0.1]:1", "[::ffff:10.0.0.1]:1 ", "[::ffff:10.0.0.1]:1"},
        {"dns:10.0.0.1:1", "10.0.0.1:1 ", "10.0.0.1:1"},
        {"dns:///[::1]", "[::1]:443 ", "[::1]:443"},
        {"unix:run/tracks.sock", "unix:run/tracks.sock ", "localhost"},
        {"unix:/run/tracks.sock", "unix:/run/tracks.sock ", "localhost"},
        {"unix:///run/tracks.sock", "unix:///run/tracks.sock ", "localhost"},
        {"unix-abstract:tracks", "unix-abstract:tracks ", "localhost"},
        {"unix:a,b:1", "unix:a,b:1 ", "localhost"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct upstream_target target;
        struct status st;
        struct arena arena;
        char addresses[500];
        arena_init(&arena, ARENA_BYTES_MAX);
        if (!upstream_target_parse(cases[i].text, &arena, &target, &st))
            fail_msg("%s: %s", cases[i].text, st.message);
        write_addresses(&target, addresses, sizeof(addresses));
        assert_string_equal(addresses, cases[i].addresses);
        assert_string_equal(target.authority, cases[i].authority);
        assert_null(target.name);
        arena_free(&arena);
    }
}

static void reads_names(void **state)
{
    static const struct {
        const char *text;
        const char *name;
        unsigned port;
        const char *server;
        const char *authority;
    } cases[] = {
        {"tracks:50051", "tracks", 50051, NULL, "tracks:50051"},
        {"Tracks-1_a.example.com.:1", "Tracks-1_a.example.com.", 1, NULL, "Tracks-1_a.example.com.:1"},
        {"ipv4.example:80", "ipv4.example", 80, NULL, "ipv4.example:80"},
        {"dns:tracks", "tracks", 443, NULL, "tracks:443"},
        {"dns:tracks:50051", "tracks", 50051, NULL, "tracks:50051"},
        {"dns:///tracks:50051", "tracks", 50051, NULL, "tracks:50051"},
        {"dns:///tracks", "tracks", 443, NULL, "tracks:443"},
        {"dns://10.0.0.53/tracks:1", "tracks", 1, "10.0.0.53", "tracks:1"},
        {"dns://10.0.0.53:5353/tracks", "tracks", 443, "10.0.0.53:5353", "tracks:443"},
        {"dns://[fd00::53]:5353/tracks", "tracks", 443, "[fd00::53]:5353", "tracks:443"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct upstream_target target;
        struct status st;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES_MAX);
        if (!upstream_target_parse(cases[i].text, &arena, &target, &st))
            fail_msg("%s: %s", cases[i].text, st.message);
        assert_null(target.addresses);
        assert_string_equal(target.name, cases[i].name);
        assert_int_equal(target.port, cases[i].port);
        assert_string_equal(target.authority, cases[i].authority);
        assert_string_equal(target.server ? target.server : "", cases[i].server ? cases[i].server : "");
        arena_free(&arena);
    }
}

static void refuses_what_is_no_target(void **state)
{
    static const char *const cases[] = {
        /* no port, or none that is one */
        "", "tracks", "tracks:", "tracks:0", "tracks:65536", "tracks:99999", "tracks:123456", "tracks:-1", "tracks:+1",
        "tracks: 1", "tracks:1 ", "tracks:http", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "[::1]", "[::1]:0",
        "::1", "::1:50051", "dns:tracks:0", "dns:tracks:", "ipv4:1.2.3.4:0", "ipv6:[::1]:99999",
        /* no host */
        ":50051", "[]:1", "[:1", "]:1", "[::1:1", "[::1]1", "[::1]x:1", "[tracks]:1", "[1.2.3.4]:1", "a b:1",
        "tr\xc3\xa4"
        "ck:1",
        "tracks/x:1", "dns:", "dns:///", "dns:///:1", "dns:tr@cks:1", "ipv4:", "ipv6:", "ipv4:tracks:1", "ipv4:[::1]:1",
        "ipv6:1.2.3.4:1", "ipv6:[fe80::1%lo]:1", "ipv4:01.2.3.4.5:1",
        /* lists */
        ",", "1.2.3.4:1,", ",1.2.3.4:1", "1.2.3.4:1,,1.2.3.4:2", "1.2.3.4:1,tracks:2", "tracks:1,tracks:2",
        "1.2.3.4:1, 1.2.3.4:2", "1.2.3.4,1.2.3.4:2", "dns:1.2.3.4:1,1.2.3.4:2", "ipv4:1.2.3.4:1,",
        /* name servers */
        "dns://tracks:1", "dns://server/tracks:1", "dns://10.0.0.53:0/tracks:1", "dns://10.0.0.53:99999/tracks:1",
        "dns://10.0.0.53,10.0.0.54/tracks:1",
        /* schemes */
        "xds:tracks", "xds:///tracks", "http://tracks:1", "https://tracks", "etcd:///tracks", "google-c2p:///x",
        "vsock:1:2", "unix", "unix:", "unix://", "unix://run/x.sock", "unix-abstract:"};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct upstream_target target;
        struct status st;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES_MAX);
        if (upstream_target_parse(cases[i], &arena, &target, &st))
            fail_msg("not refused: %s", cases[i]);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
        assert_memory_equal(st.message, "expected ", 9);
        arena_free(&arena);
    }
}

static void socket_files_have_the_kernels_form(void **state)
{
    struct upstream_target target;
    struct status st;
    struct arena arena;
    (void)state;
    arena_init(&arena, ARENA_BYTES_MAX);
    assert_true(upstream_target_parse("unix:///run/x", &arena, &target, &st));
    const struct sockaddr_un *file = (const struct sockaddr_un *)&target.addresses[0].socket;
    assert_int_equal(file->sun_family, AF_UNIX);
    assert_string_equal(file->sun_path, "/run/x");
    assert_int_equal(target.addresses[0].socket_bytes, offsetof(struct sockaddr_un, sun_path) + 7);
    assert_true(upstream_target_parse("unix-abstract:x", &arena, &target, &st));
    file = (const struct sockaddr_un *)&target.addresses[0].socket;
    assert_memory_equal(file->sun_path, "\0x", 2);
    assert_int_equal(target.addresses[0].socket_bytes, offsetof(struct sockaddr_un, sun_path) + 2);
    arena_free(&arena);
}

/* scheme, then so many letters. */
static bool takes_path(const char *scheme, size_t len)
{
    char text[300];
    struct upstream_target target;
    struct status st;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES_MAX);
    int scheme_len = snprintf(text, sizeof(text), "%s", scheme);
    memset(text + scheme_len, 'p', len);
    text[(size_t)scheme_len + len] = '\0';
    bool taken = upstream_target_parse(text, &arena, &target, &st);
    if (taken)
        assert_string_equal(target.addresses ? target.addresses[0].text : text, text);
    arena_free(&arena);
    return taken;
}

static void paths_and_names_have_a_longest_length(void **state)
{
    (void)state;
    assert_true(takes_path("unix:", 107));
    assert_false(takes_path("unix:", 108));
    assert_true(takes_path("unix:///", 106));
    assert_false(takes_path("unix:///", 107));
    assert_true(takes_path("unix-abstract:", 107));
    assert_false(takes_path("unix-abstract:", 108));
    assert_true(takes_path("dns:", 253));
    assert_false(takes_path("dns:", 254));
}

static void lists_have_a_longest_length(void **state)
{
    static char text[(UPSTREAM_ADDRESSES_MAX + 1) * 16];
    (void)state;
    for (size_t count = UPSTREAM_ADDRESSES_MAX; count <= UPSTREAM_ADDRESSES_MAX + 1; count++) {
        struct upstream_target target;
        struct status st;
        struct arena arena;
        size_t len = 0;
        arena_init(&arena, ARENA_BYTES_MAX);
        for (size_t i = 0; i < count; i++)
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s10.0.%zu.%zu:1", i ? "," : "", i / 256, i % 256);
        assert_int_equal(upstream_target_parse(text, &arena, &target, &st), count == UPSTREAM_ADDRESSES_MAX);
        arena_free(&arena);
    }
}

static void an_exhausted_arena_is_an_error(void **state)
{
    static const char *const cases[] = {"tracks:1", "1.2.3.4:1", "unix:x", "dns://1.2.3.4/tracks"};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool has_succeeded = false;
        for (size_t bytes = 0; bytes < 1024 && !has_succeeded; bytes += 8) {
            _Alignas(16) char memory[1024];
            struct upstream_target target;
            struct status st;
            struct arena arena;
            arena_init_lent(&arena, memory, bytes, 0);
            has_succeeded = upstream_target_parse(cases[i], &arena, &target, &st);
            if (!has_succeeded)
                assert_int_equal(st.code, STATUS_RESOURCE_EXHAUSTED);
            arena_free(&arena);
        }
        assert_true(has_succeeded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lists_of_addresses),
        cmocka_unit_test(reads_names),
        cmocka_unit_test(refuses_what_is_no_target),
        cmocka_unit_test(socket_files_have_the_kernels_form),
        cmocka_unit_test(paths_and_names_have_a_longest_length),
        cmocka_unit_test(lists_have_a_longest_length),
        cmocka_unit_test(an_exhausted_arena_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
