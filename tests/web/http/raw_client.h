/*
 * An HTTP client for tests that says what it is told to, byte by byte, and reads what comes back. Nothing waits longer
 * than ten seconds.
 */
#ifndef TESTS_WEB_HTTP_RAW_CLIENT_H
#define TESTS_WEB_HTTP_RAW_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct raw_client {
    int fd;
    char buffer[64 * 1024]; /* received, not yet read */
    size_t len;
};

struct raw_response {
    int status;           /* 0: the connection ended instead */
    char header[8192];    /* status line and fields, with a terminator */
    char body[48 * 1024]; /* with a terminator */
    size_t body_len;
};

/* Connects to "127.0.0.1:PORT"; false when that is refused. */
bool raw_client_connect(struct raw_client *client, const char *address);
void raw_client_close(struct raw_client *client);

/* Closes it so that the server sees a reset: a client that has gone, not one that has only said all. */
void raw_client_reset(struct raw_client *client);

/* Says that nothing more will be sent. */
void raw_client_shut(struct raw_client *client);

/* Sends all; false when the connection broke. */
bool raw_client_send(struct raw_client *client, const char *data, size_t len);
bool raw_client_send_text(struct raw_client *client, const char *text);

/* Reads one response; to_head: one that has no body whatever it says, like a 304. */
void raw_client_read(struct raw_client *client, bool to_head, struct raw_response *ret_response);

/* Whether the server closes the connection cleanly now: no byte, no reset. */
bool raw_client_at_end(struct raw_client *client);

/* One request, one response, on a connection of its own. */
void raw_client_ask(const char *address, const char *request, struct raw_response *ret_response);

/* The value of a field, or NULL. It lives in a buffer of this thread until the next call. */
const char *raw_response_field(const struct raw_response *response, const char *name);

#endif
