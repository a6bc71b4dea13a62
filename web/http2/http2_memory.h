/*
 * Where nghttp2 gets its memory: blocks of a few sizes that are kept for reuse, so that a stream costs no call of malloc() in the
 * steady state.
 *
 * Memory   At most HTTP2_KEPT_BYTES_MAX are kept. All must have been given back before it is freed.
 * Threads  One, so a pool a loop.
 */
#ifndef WEB_HTTP2_HTTP2_MEMORY_H
#define WEB_HTTP2_HTTP2_MEMORY_H

#include <nghttp2/nghttp2.h>
#include <stddef.h>

#define HTTP2_MEMORY_SIZES 8 /* 64 bytes to 8 KiB */

struct http2_block;

struct http2_memory {
    struct http2_block *kept[HTTP2_MEMORY_SIZES];
    size_t kept_bytes;
    nghttp2_mem mem; /* what nghttp2 is given */
};

void http2_memory_init(struct http2_memory *memory);
void http2_memory_free(struct http2_memory *memory);

#endif
