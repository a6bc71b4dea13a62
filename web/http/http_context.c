#include "web/http/http_context.h"

#include <stdlib.h>

#include "base/monotonic.h"
#include "web/http/limits.h"

bool http_context_init(struct http_context *context, struct loop *loop, struct budget_purse *purse)
{
    *context = (struct http_context){.loop = loop, .purse = purse};
    budget_account_init(&context->kept_account, purse, SIZE_MAX);
    context->connections.next = context->connections.previous = &context->connections;
    context->input = malloc(HTTP_INPUT_BYTES);
    return context->input;
}

static void destroy_exchange(struct http_exchange *exchange)
{
    arena_free(&exchange->arena);
    buf_free(&exchange->reply);
    buf_free(&exchange->scratch);
    buf_free(&exchange->incoming);
    free(exchange);
}

void http_context_free(struct http_context *context)
{
    for (struct http_exchange *exchange = context->kept, *next; exchange; exchange = next) {
        next = exchange->next;
        destroy_exchange(exchange);
    }
    net_pool_free(&context->blocks);
    free(context->input);
    *context = (struct http_context){0};
}

static struct http_exchange *create_exchange(void)
{
    struct http_exchange *exchange = calloc(1, sizeof(*exchange));
    if (!exchange)
        return NULL;
    arena_init(&exchange->arena, HTTP_ARENA_BYTES_MAX);
    buf_init(&exchange->reply, HTTP_REPLY_BYTES_MAX);
    buf_init(&exchange->scratch, HTTP_SCRATCH_BYTES_MAX);
    buf_init(&exchange->incoming, HTTP_SCRATCH_BYTES_MAX);
    return exchange;
}

static void set_account(struct http_exchange *exchange, struct budget_account *account)
{
    arena_set_account(&exchange->arena, account);
    buf_set_account(&exchange->reply, account);
    buf_set_account(&exchange->scratch, account);
    buf_set_account(&exchange->incoming, account);
}

/* All but what is kept, and but the long text of a fault, whose first byte is enough. */
static void clear(struct http_exchange *exchange)
{
    exchange->method = exchange->target = exchange->path = exchange->query = (struct view){0};
    exchange->fields = NULL;
    exchange->field_count = 0;
    exchange->fault_http_status = 0;
    status_clear(&exchange->fault);
    exchange->handler_data = NULL;
    exchange->ended = (struct http_ended){0};
    exchange->next = NULL;
}

struct http_exchange *http_context_take(struct http_context *context, struct budget_account *account)
{
    struct http_exchange *exchange = context->kept;
    if (exchange) {
        context->kept = exchange->next;
        context->kept_count--;
    } else {
        exchange = create_exchange();
        if (!exchange)
            return NULL;
    }
    set_account(exchange, account);
    account->refused = false; /* of the requests before */
    clear(exchange);
    exchange->started_us = monotonic_us();
    context->in_flight++;
    context->last_began_ms = loop_now_ms(context->loop);
    return exchange;
}

static void trim(struct buf *buf)
{
    if (buf->cap > HTTP_KEPT_BYTES_MAX)
        buf_free(buf);
    else
        buf_clear(buf);
}

void http_context_put(struct http_context *context, struct http_exchange *exchange)
{
    context->in_flight--;
    if (context->kept_count == HTTP_KEPT_EXCHANGES_MAX) {
        destroy_exchange(exchange);
        return;
    }
    arena_reset(&exchange->arena);
    trim(&exchange->reply);
    trim(&exchange->scratch);
    trim(&exchange->incoming);
    set_account(exchange, &context->kept_account);
    exchange->next = context->kept;
    context->kept = exchange;
    context->kept_count++;
}

const char *http_context_date(struct http_context *context)
{
    time_t now = time(NULL);
    if (now != context->date_second) {
        struct tm utc;
        gmtime_r(&now, &utc);
        strftime(context->date, sizeof(context->date), "%a, %d %b %Y %H:%M:%S GMT", &utc);
        context->date_second = now;
    }
    return context->date;
}

void http_context_add(struct http_context *context, struct http_connection *connection)
{
    connection->next = &context->connections;
    connection->previous = context->connections.previous;
    connection->previous->next = connection;
    context->connections.previous = connection;
}

void http_context_remove(struct http_context *context, struct http_connection *connection)
{
    connection->previous->next = connection->next;
    connection->next->previous = connection->previous;
    atomic_fetch_sub_explicit(context->connection_count, 1, memory_order_relaxed);
}
