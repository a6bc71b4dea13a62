#include "web/net/listen_socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
/* after the above */
#include <cmocka.h>

static char folder[64];
static char address[160];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "%s", "/tmp/listen_XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(address, sizeof(address), "unix:%s/socket", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(address + strlen("unix:"));
    return rmdir(folder); /* nothing is left in it */
}

/* A connection to a socket file; -1: nobody is there. */
static int connect_file(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int connect_tcp(const char *name)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons((uint16_t)atoi(strrchr(name, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
        return fd;
    close(fd);
    return -1;
}

static void listens_on_a_free_port_and_names_it(void **state)
{
    static const struct {
        const char *address, *name;
    } cases[] = {{"127.0.0.1:0", "127.0.0.1:"}, {"localhost:0", ":"}, {":0", ":"}, {"127.0.0.1:00", "127.0.0.1:"}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct listen_socket listener;
        struct status st;
        if (!listen_socket_open(cases[i].address, &listener, &st))
            fail_msg("%s: %s", cases[i].address, st.message);
        assert_non_null(strstr(listener.name, cases[i].name));
        assert_null(strstr(listener.name, ":0"));
        assert_true(fcntl(listener.fd, F_GETFL) & O_NONBLOCK);
        assert_true(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC);
        listen_socket_close(&listener);
        assert_int_equal(listener.fd, -1);
        listen_socket_close(&listener); /* once more is fine */
    }
}

/* The name is an address that can be listened on again, and says where. */
static void takes_its_own_name_as_an_address(void **state)
{
    struct listen_socket listener;
    struct status st;
    char name[LISTEN_SOCKET_NAME_BYTES];
    (void)state;
    assert_true(listen_socket_open("127.0.0.1:0", &listener, &st));
    int fd = connect_tcp(listener.name);
    assert_true(fd >= 0);
    close(fd);
    memcpy(name, listener.name, sizeof(name));
    struct listen_socket other;
    assert_false(listen_socket_open(name, &other, &st)); /* it is taken */
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
    assert_non_null(strstr(st.message, name));
    listen_socket_close(&listener);
    assert_true(listen_socket_open(name, &listener, &st));
    assert_string_equal(listener.name, name);
    listen_socket_close(&listener);
}

static void refuses_what_is_no_address(void **state)
{
    char long_path[200], long_host[2000];
    snprintf(long_path, sizeof(long_path), "unix:/%0150d", 0);
    snprintf(long_host, sizeof(long_host), "%01500d:80", 0);
    const char *const cases[] = {
        "",      ":",       "80",      "127.0.0.1",       "127.0.0.1:",   "127.0.0.1:65536", "::1:80",
        "[::1]", "[::1]80", "x y:1",   "127.0.0.1:x",     "127.0.0.1:-1", "127.0.0.1: 1",    "127.0.0.1:1 ",
        "unix:", long_path, long_host, "127.0.0.1:000001"};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct listen_socket listener;
        struct status st;
        if (listen_socket_open(cases[i], &listener, &st))
            fail_msg("%s was taken", cases[i]);
        assert_int_equal(st.code, STATUS_INVALID_ARGUMENT);
    }
}

static void makes_a_socket_file_and_removes_it(void **state)
{
    struct listen_socket listener;
    struct status st;
    struct stat info;
    (void)state;
    mode_t mask = umask(0);
    assert_true(listen_socket_open(address, &listener, &st));
    assert_int_equal(umask(mask), 0); /* it is as it was */
    assert_string_equal(listener.name, address);
    assert_int_equal(stat(address + strlen("unix:"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0660);
    int fd = connect_file(address + strlen("unix:"));
    assert_true(fd >= 0);
    close(fd);
    listen_socket_close(&listener);
    assert_int_not_equal(stat(address + strlen("unix:"), &info), 0);
}

static void replaces_a_file_that_nobody_listens_on(void **state)
{
    struct listen_socket listener;
    struct status st;
    struct sockaddr_un stale = {.sun_family = AF_UNIX};
    (void)state;
    assert_true(strlen(address) - strlen("unix:") < sizeof(stale.sun_path));
    memcpy(stale.sun_path, address + strlen("unix:"), strlen(address) - strlen("unix:"));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&stale, sizeof(stale)), 0);
    assert_int_equal(listen(fd, 1), 0);
    close(fd); /* as a process that was killed leaves it */
    if (!listen_socket_open(address, &listener, &st))
        fail_msg("%s", st.message);
    fd = connect_file(stale.sun_path);
    assert_true(fd >= 0);
    close(fd);
    listen_socket_close(&listener);
}

static void leaves_a_file_alone_that_somebody_listens_on(void **state)
{
    struct listen_socket listener, other;
    struct status st;
    (void)state;
    assert_true(listen_socket_open(address, &listener, &st));
    assert_false(listen_socket_open(address, &other, &st));
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
    assert_non_null(strstr(st.message, address));
    int fd = connect_file(address + strlen("unix:")); /* the first one still does */
    assert_true(fd >= 0);
    close(fd);
    listen_socket_close(&listener);
}

static void leaves_a_file_alone_that_is_no_socket(void **state)
{
    struct listen_socket listener;
    struct status st;
    const char *path = address + strlen("unix:");
    (void)state;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("precious", file);
    fclose(file);
    assert_false(listen_socket_open(address, &listener, &st));
    assert_int_equal(st.code, STATUS_UNAVAILABLE);
    char text[16] = "";
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    assert_string_equal(text, "precious");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(listens_on_a_free_port_and_names_it),
        TEST(takes_its_own_name_as_an_address),
        TEST(refuses_what_is_no_address),
        TEST(makes_a_socket_file_and_removes_it),
        TEST(replaces_a_file_that_nobody_listens_on),
        TEST(leaves_a_file_alone_that_somebody_listens_on),
        TEST(leaves_a_file_alone_that_is_no_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
