/* One address of a replica, and what people call it. */
#ifndef GATEWAY_UPSTREAM_UPSTREAM_ADDRESS_H
#define GATEWAY_UPSTREAM_UPSTREAM_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* "[v6 address]:65535", or "unix:" and a path. */
#define UPSTREAM_ADDRESS_TEXT_BYTES 128

struct upstream_address {
    struct sockaddr_storage socket; /* all zero behind its length */
    socklen_t socket_bytes;
    char text[UPSTREAM_ADDRESS_TEXT_BYTES];
};

bool upstream_address_equal(const struct upstream_address *a, const struct upstream_address *b);

/* Sets the text of an IP address. */
void upstream_address_write_text(struct upstream_address *address);

/* Sorts, and removes those that stand there twice. Returns how many are left. */
size_t upstream_address_sort(struct upstream_address *addresses, size_t count);

#endif
