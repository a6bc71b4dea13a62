/*
 * The limits of reading HTTP/1.1, each with its reason. What is over one is refused with a sentence that says so;
 * nothing is cut silently.
 */
#ifndef WEB_HTTP1_LIMITS_H
#define WEB_HTTP1_LIMITS_H

/*
 * The head of a request: request line, header fields, and the blank line behind them. Over it 431. Browsers and
 * proxies stay below 8 KiB; larger cookies and tokens than a head of this size holds are somebody's mistake.
 */
#define HTTP1_HEAD_BYTES_MAX ((size_t)16 * 1024)

/*
 * Bytes of empty lines before a request line. RFC 9112 2.2 asks for one CRLF to be skipped, which old clients send
 * behind a body.
 */
#define HTTP1_EMPTY_LINES_BYTES_MAX 8

/*
 * Input of one connection that waits for its turn: what a loop reads at once, behind a request that is being served, and a piece of a head.
 */
#define HTTP1_PENDING_BYTES_MAX ((size_t)128 * 1024)

/*
 * Fields of a header section, and of a trailer section. Over it 431. Browsers send some 20, a chain of proxies adds a
 * dozen; each costs its receiver 32 bytes and a look-up.
 */
#define HTTP1_FIELDS_MAX 100

/*
 * Digits of a chunk's size, leading zeros included: as many as 64 bits have. With it no chunk has more overhead than
 * 20 bytes and its extensions.
 */
#define HTTP1_CHUNK_SIZE_DIGITS_MAX 16

/*
 * Extensions of all chunks of one body together (RFC 9112 7.1.1 asks for a limit on what a request spends on them).
 * Nothing in use sends any; signed chunks, as of object stores, need some 90 bytes each. Over it
 * 400.
 */
#define HTTP1_CHUNK_EXTENSION_BYTES_MAX ((size_t)16 * 1024)

/* The trailer section behind a chunked body. Over it 431. Trailers are checksums and timings: a few short fields. */
#define HTTP1_TRAILER_BYTES_MAX ((size_t)8 * 1024)

#endif
