/*
 * c-ares does the look-up: files and name servers, as the system is configured at that moment. Its sockets are polled beside an eventfd.
 */
#include "gateway/upstream/upstream_resolver.h"

#include <ares.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/monotonic.h"
#include "gateway/upstream/limits.h"

/* Of one query to one server; c-ares asks three times, and longer each time. */
#define QUERY_TIMEOUT_MS 2000

struct upstream_resolver {
    const struct upstream_target *target;
    struct upstream_resolver_events events;
    ares_channel channel;
    int wake_fd;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_asked;
    atomic_bool is_stopping;

    /* The thread's own. */
    bool is_looking_up;
    uint64_t last_ms; /* when the last look-up began; 0: never */
    uint64_t next_ms; /* when the next one may */
    struct upstream_address addresses[UPSTREAM_ADDRESSES_MAX];
};

static void wake(struct upstream_resolver *resolver)
{
    uint64_t one = 1;
    ssize_t written = write(resolver->wake_fd, &one, sizeof(one));
    (void)written; /* it fails only when it is to be woken already */
}

void upstream_resolver_ask(struct upstream_resolver *resolver)
{
    if (!atomic_exchange(&resolver->is_asked, true))
        wake(resolver);
}

/* ---- Answers ---- */

static size_t copy_addresses(struct upstream_resolver *resolver, const struct ares_addrinfo *info)
{
    size_t count = 0;
    for (const struct ares_addrinfo_node *node = info->nodes; node && count < UPSTREAM_ADDRESSES_MAX;
         node = node->ai_next) {
        struct upstream_address *address = &resolver->addresses[count];
        if ((node->ai_family != AF_INET && node->ai_family != AF_INET6) ||
            (size_t)node->ai_addrlen > sizeof(address->socket))
            continue;
        memset(address, 0, sizeof(*address));
        memcpy(&address->socket, node->ai_addr, (size_t)node->ai_addrlen);
        address->socket_bytes = (socklen_t)node->ai_addrlen;
        upstream_address_write_text(address);
        count++;
    }
    return upstream_address_sort(resolver->addresses, count);
}

static void on_answer(void *ctx, int status, int timeouts, struct ares_addrinfo *info)
{
    struct upstream_resolver *resolver = ctx;
    (void)timeouts;
    resolver->is_looking_up = false;
    size_t count = status == ARES_SUCCESS ? copy_addresses(resolver, info) : 0;
    ares_freeaddrinfo(info);
    if (atomic_load(&resolver->is_stopping))
        return;
    resolver->next_ms = resolver->last_ms + (count ? UPSTREAM_RESOLVE_MS_MAX : UPSTREAM_RESOLVE_MS_MIN);
    if (count)
        resolver->events.found(resolver->addresses, count, resolver->events.ctx);
    else
        resolver->events.failed(status == ARES_SUCCESS ? "it has no address" : ares_strerror(status),
                                resolver->events.ctx);
}

/* ---- The thread ---- */

/* In place of the one before, if there is one: the system's configuration may have changed. */
static bool open_channel(struct upstream_resolver *resolver, struct status *st)
{
    struct ares_options options = {.timeout = QUERY_TIMEOUT_MS, .tries = 3};
    ares_channel channel = NULL;
    int result = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (result == ARES_SUCCESS && resolver->target->server)
        result = ares_set_servers_ports_csv(channel, resolver->target->server);
    if (result != ARES_SUCCESS) {
        if (channel)
            ares_destroy(channel);
        return status_fail(st, STATUS_UNAVAILABLE, "name look-ups: %s", ares_strerror(result));
    }
    if (resolver->channel)
        ares_destroy(resolver->channel);
    resolver->channel = channel;
    return true;
}

static void look_up(struct upstream_resolver *resolver, uint64_t now_ms)
{
    struct status st;
    char port[8];
    const struct ares_addrinfo_hints hints = {
        .ai_flags = ARES_AI_NOSORT | ARES_AI_NUMERICSERV, .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    snprintf(port, sizeof(port), "%u", resolver->target->port);
    resolver->last_ms = now_ms;
    atomic_store(&resolver->is_asked, false);
    if (!open_channel(resolver, &st)) {
        resolver->next_ms = now_ms + UPSTREAM_RESOLVE_MS_MIN;
        resolver->events.failed(st.message, resolver->events.ctx);
        return;
    }
    resolver->is_looking_up = true;
    ares_getaddrinfo(resolver->channel, resolver->target->name, port, &hints, on_answer, resolver);
}

/* Milliseconds until the next look-up is due; -1: as long as one is under way. */
static int wait_ms(const struct upstream_resolver *resolver, uint64_t now_ms)
{
    struct timeval most, left;
    if (resolver->is_looking_up) {
        most = (struct timeval){.tv_sec = 10};
        const struct timeval *timeout = ares_timeout(resolver->channel, &most, &left);
        return (int)(timeout->tv_sec * 1000 + timeout->tv_usec / 1000) + 1;
    }
    return resolver->next_ms > now_ms ? (int)(resolver->next_ms - now_ms) : 0;
}

/* Waits for sockets, time or a wake, and lets c-ares work. */
static void poll_once(struct upstream_resolver *resolver)
{
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    struct pollfd polled[ARES_GETSOCK_MAXNUM + 1] = {{.fd = resolver->wake_fd, .events = POLLIN}};
    nfds_t count = 1;
    unsigned wanted = (unsigned)ares_getsock(resolver->channel, sockets, ARES_GETSOCK_MAXNUM);
    for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        /* c-ares's own macros shift a bit into an int's sign. */
        bool wants_read = wanted >> i & 1, wants_write = wanted >> (i + ARES_GETSOCK_MAXNUM) & 1;
        short events = (short)((wants_read ? POLLIN : 0) | (wants_write ? POLLOUT : 0));
        if (events)
            polled[count++] = (struct pollfd){.fd = sockets[i], .events = events};
    }
    int ready = poll(polled, count, wait_ms(resolver, monotonic_ms()));
    if (ready > 0 && polled[0].revents) {
        uint64_t wakes;
        ssize_t got = read(resolver->wake_fd, &wakes, sizeof(wakes));
        (void)got;
    }
    for (nfds_t i = 1; ready > 0 && i < count; i++)
        if (polled[i].revents)
            ares_process_fd(resolver->channel, polled[i].revents & POLLOUT ? ARES_SOCKET_BAD : polled[i].fd,
                            polled[i].revents & POLLOUT ? polled[i].fd : ARES_SOCKET_BAD);
    ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* time-outs */
}

static void *run(void *ctx)
{
    struct upstream_resolver *resolver = ctx;
    while (!atomic_load(&resolver->is_stopping)) {
        uint64_t now_ms = monotonic_ms();
        if (atomic_load(&resolver->is_asked) && resolver->next_ms > resolver->last_ms + UPSTREAM_RESOLVE_MS_MIN)
            resolver->next_ms = resolver->last_ms + UPSTREAM_RESOLVE_MS_MIN;
        if (!resolver->is_looking_up && now_ms >= resolver->next_ms)
            look_up(resolver, now_ms);
        else
            poll_once(resolver);
    }
    return NULL;
}

/* ---- Start and end ---- */

bool upstream_resolver_create(const struct upstream_target *target, const struct upstream_resolver_events *events,
                              struct upstream_resolver **ret_resolver, struct status *st)
{
    struct upstream_resolver *resolver = calloc(1, sizeof(*resolver));
    if (!resolver)
        return status_fail(st, STATUS_RESOURCE_EXHAUSTED, "no memory for name look-ups");
    resolver->target = target;
    resolver->events = *events;
    resolver->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    bool created =
        (resolver->wake_fd >= 0 || status_fail(st, STATUS_UNAVAILABLE, "name look-ups: %s", strerror(errno))) &&
        (ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS ||
         status_fail(st, STATUS_UNAVAILABLE, "name look-ups cannot start")) &&
        open_channel(resolver, st);
    resolver->has_thread = created && pthread_create(&resolver->thread, NULL, run, resolver) == 0;
    if (created && !resolver->has_thread)
        status_fail(st, STATUS_RESOURCE_EXHAUSTED, "cannot start a thread for name look-ups");
    if (!resolver->has_thread) {
        upstream_resolver_destroy(resolver);
        return false;
    }
    *ret_resolver = resolver;
    return true;
}

void upstream_resolver_stop(struct upstream_resolver *resolver)
{
    if (!resolver->has_thread)
        return;
    atomic_store(&resolver->is_stopping, true);
    wake(resolver);
    pthread_join(resolver->thread, NULL);
    resolver->has_thread = false;
}

void upstream_resolver_destroy(struct upstream_resolver *resolver)
{
    if (!resolver)
        return;
    upstream_resolver_stop(resolver);
    atomic_store(&resolver->is_stopping, true); /* a look-up that is under way is cancelled, and told so */
    if (resolver->channel)
        ares_destroy(resolver->channel);
    ares_library_cleanup();
    if (resolver->wake_fd >= 0)
        close(resolver->wake_fd);
    free(resolver);
}
