/* The limits of web/http2. */
#ifndef WEB_HTTP2_LIMITS_H
#define WEB_HTTP2_LIMITS_H

/* What a peer may send of one stream's body before it is read: 100 MB/s over a line of 10 ms. */
#define HTTP2_STREAM_WINDOW_BYTES (1024 * 1024)

/* The same of all streams of a connection together; its bytes are taken at once, and held by streams that are paused. */
#define HTTP2_CONNECTION_WINDOW_BYTES (16 * 1024 * 1024)

/* Frames that a header block may go on for. What it may hold is limited by who reads it; this is for frames that hold nothing. */
#define HTTP2_CONTINUATIONS_MAX 1000

/* Answers to the peer's PING and SETTINGS that wait to be written: a peer that has more is flooding us. */
#define HTTP2_ACKS_MAX 1000

/* Memory of the library that a thread keeps for reuse. */
#define HTTP2_KEPT_BYTES_MAX (1024 * 1024)

#endif
