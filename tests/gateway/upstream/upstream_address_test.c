#include "gateway/upstream/upstream_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
/* after the above */
#include <cmocka.h>

static struct upstream_address address_of(const char *host, uint16_t port)
{
    struct upstream_address address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address.socket;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address.socket;
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address.socket_bytes = sizeof(*v4);
    } else {
        assert_int_equal(inet_pton(AF_INET6, host, &v6->sin6_addr), 1);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address.socket_bytes = sizeof(*v6);
    }
    upstream_address_write_text(&address);
    return address;
}

static void writes_addresses_as_people_read_them(void **state)
{
    (void)state;
    assert_string_equal(address_of("10.0.0.1", 1).text, "10.0.0.1:1");
    assert_string_equal(address_of("255.255.255.255", 65535).text, "255.255.255.255:65535");
    assert_string_equal(address_of("fd00::2", 443).text, "[fd00::2]:443");
    assert_string_equal(address_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 65535).text,
                        "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void sorts_and_keeps_each_address_once_whatever_the_order(void **state)
{
    static const struct {
        const char *host;
        uint16_t port;
    } given[] = {{"10.0.0.2", 1}, {"fd00::1", 1}, {"10.0.0.1", 1}, {"10.0.0.2", 1}, {"10.0.0.2", 2}, {"fd00::1", 1}};
    struct upstream_address first[6], second[6];
    (void)state;
    for (size_t i = 0; i < 6; i++)
        first[i] = second[5 - i] = address_of(given[i].host, given[i].port);
    assert_int_equal(upstream_address_sort(first, 6), 4);
    assert_int_equal(upstream_address_sort(second, 6), 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(upstream_address_equal(&first[i], &second[i]));
        for (size_t other = 0; other < i; other++)
            assert_false(upstream_address_equal(&first[i], &first[other]));
    }
    assert_int_equal(upstream_address_sort(first, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_addresses_as_people_read_them),
        cmocka_unit_test(sorts_and_keeps_each_address_once_whatever_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
