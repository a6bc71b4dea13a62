/*
 * A name server on loopback for tests, over UDP and TCP: it answers what it is told to, and counts.
 *
 * Flow     start, set what it answers, look at its counts; stop when its clients have closed.
 * Threads  Its own answers; the functions may be called from any other.
 */
#ifndef TESTS_GATEWAY_UPSTREAM_DNS_SERVER_H
#define TESTS_GATEWAY_UPSTREAM_DNS_SERVER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_ADDRESSES_MAX 512

enum dns_behaviour {
    DNS_ANSWERS,
    DNS_NO_SUCH_NAME,   /* NXDOMAIN */
    DNS_FAILS,          /* SERVFAIL */
    DNS_SAYS_NOTHING,   /* takes queries and keeps them */
    DNS_FAILS_FOR_IPV6, /* SERVFAIL for AAAA, answers A */
    DNS_SENDS_GARBAGE,  /* a header that promises what does not follow */
};

struct dns_server {
    int udp_fd;
    int tcp_fd;
    uint16_t port;
    pthread_t udp_thread;
    pthread_t tcp_thread;
    pthread_mutex_t lock; /* of what follows */
    enum dns_behaviour behaviour;
    uint32_t v4[DNS_ADDRESSES_MAX]; /* host order */
    size_t v4_count;
    unsigned v6_count; /* fd00::1, fd00::2, … */
    unsigned queries;  /* for A */
};

void dns_server_start(struct dns_server *server);
void dns_server_stop(struct dns_server *server);

/* From now on. */
void dns_server_set(struct dns_server *server, enum dns_behaviour behaviour, const uint32_t *v4, size_t v4_count,
                    unsigned v6_count);

/* How often it was asked for A. */
unsigned dns_server_queries(struct dns_server *server);

#endif
