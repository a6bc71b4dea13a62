/*
 * Every limit of track_service, with its reason. What a limit refuses is refused with a message that names it.
 */
#ifndef SERVICE_LIMITS_H
#define SERVICE_LIMITS_H

/* ---- The server (service/server) ---- */

/* Bytes of a request message. gRPC's own default, so that a client meets the same limit everywhere. */
#define SERVER_REQUEST_BYTES_MAX (4 * 1024 * 1024)

/* Bytes of a reply message. Some ten thousand tracks in one list; a client must ask its library for more than 4 MiB. */
#define SERVER_REPLY_BYTES_MAX (64 * 1024 * 1024)

/* Bytes of an encoded google.rpc.Status in grpc-status-details-bin. With it and the longest message, both in the wire's
 * worst encoding (base64, percent signs), the trailers stay below the 8 KiB that clients accept by default. */
#define SERVER_DETAILS_BYTES_MAX 3072

/* Messages within messages. protobuf's own default: what passes here, every other implementation can read; and
 * protobuf-c recurses, at most so deep. */
#define SERVER_MESSAGE_DEPTH_MAX 100

/* Heap bytes of one call's arena. An unpacked message is 5 to 10 times its encoding when it is honest, 100 times when it
 * is made to be (two bytes for an empty message of a large type). */
#define SERVER_ARENA_BYTES_MAX (64 * 1024 * 1024)

/* Heap bytes of the requests of all calls in flight; above it calls are refused. Ordinary requests take none (next). */
#define SERVER_ARENAS_BYTES_MAX (512 * 1024 * 1024)

/* Bytes that core may hold of requests that are still arriving: it looks at the limit of a message when it has all of it. Above
 * this it ends calls with RESOURCE_EXHAUSTED. Hundreds of the largest tracks at once. */
#define SERVER_CORE_BYTES_MAX (256 * 1024 * 1024)

/* Bytes that a call's arena has before it asks the heap: a track of 5 kB of JSON fits unpacked. */
#define SERVER_CALL_BLOCK_BYTES (32 * 1024)

/* Such blocks that a thread keeps for its next calls: as many as usually wait for one commit. */
#define SERVER_CALL_BLOCKS_MAX 64

/* Calls in flight. At 5,000 calls a second and processor each would wait 0.4 s: who comes later is better told to come back. A
 * single processor still takes what two gateways send at most. */
#define SERVER_CALLS_PER_PROCESSOR 2048
#define SERVER_CALLS_MIN           4096
#define SERVER_CALLS_MAX           32768

/* Calls that core may hand over before the server asks for more, per method and thread: a burst of so many finds the
 * fast path. Each costs a kilobyte of memory. */
#define SERVER_CALLS_REQUESTED 64

/* Streaming calls that are open: who watches health, a replica of the gateway each, and debugging tools. */
#define SERVER_STREAMS_OPEN_MAX 1024

/* Streams of one connection, as clients know them (SETTINGS_MAX_CONCURRENT_STREAMS): more wait on the client's side. */
#define SERVER_STREAMS_MAX 1024

/* Milliseconds between pings of a client that otherwise sends and gets nothing. gRPC's default of five minutes would forbid a
 * gateway to find out in less that a connection is dead; below ten seconds gRPC's own clients do not go. */
#define SERVER_PING_INTERVAL_MS_MIN 10000

/* Milliseconds without a new call after which a server that drains takes it that its clients have gone elsewhere, and for
 * how long it waits for that at most. Clients that watch its health need one; those that do not are cut off. */
#define SERVER_QUIET_MS     100
#define SERVER_LAME_DUCK_MS 1000

/* Metadata that a method may send with its answer: an etag, and room for what comes. Each costs a call a hundred bytes. */
#define SERVER_CALL_HEADERS_MAX 4

/* Threads, one completion queue each: for 128 processors. More would wait on core's locks. */
#define SERVER_THREADS_MAX 64

/* ---- A track (service/validate): bytes of UTF-8 unless said otherwise ---- */

/* Encoded. The gateway's default body limit is the same: what comes in over REST fits when its JSON does. */
#define TRACK_BYTES_MAX (1024 * 1024)

/* A display name, in characters (code points): the contract's own limit. */
#define TRACK_NAME_CHARACTERS_MAX 100

/* An id. It stands in URLs and in messages, and is the key of the store's index. */
#define TRACK_ID_BYTES_MAX 256

/* A line: names of levels and checks, references, colours, channels, dates. Far above what a page shows of one. */
#define TRACK_LINE_BYTES_MAX 1024

/* A URL. Above what browsers and proxies pass on. */
#define TRACK_URL_BYTES_MAX 8192

/* A text: descriptions. Some twenty printed pages. */
#define TRACK_TEXT_BYTES_MAX (64 * 1024)

/* An SVG. Icons are below 10 kB; this leaves room for traced ones. */
#define TRACK_SVG_BYTES_MAX (256 * 1024)

/* Levels of a track, checks of a level. Real tracks have up to ten of each; the unique ordinals are sorted per request. */
#define TRACK_LEVELS_MAX 1000
#define TRACK_CHECKS_MAX 1000

/* ---- A request (service/handler) ---- */

/* Tracks of a CreateTracks, ids of a ListTracks. One request takes the writer, or a snapshot, for as many rows. */
#define REQUEST_TRACKS_MAX 1000

/* Tracks of a page of ListTracks, when the client wants pages. */
#define PAGE_TRACKS_MAX 1000

/* Paths of an update mask, and names of a path. A track has some thirty fields, its deepest is the second. */
#define UPDATE_MASK_PATHS_MAX 256
#define UPDATE_MASK_DEPTH_MAX 4

/* ---- The store (service/store) ---- */

/* Writes that wait for their transaction. At the rate of a slow disk's group commits some tenths of a second: who would
 * wait longer is better told to come back. Half of SERVER_CALLS_MAX: while a disk stands still there is room for reads. */
#define STORE_QUEUE_MAX 2048

/* Reads that wait for a connection, where reads wait: as many as calls in flight. */
#define STORE_READ_QUEUE_MAX 4096

/* Writes that share a transaction: what a failing commit takes with it, and how long the first waits for the last. */
#define STORE_BATCH_WRITES_MAX 256

/* Current rows that a transaction holds in memory. A batch that needs more is taken apart, one write at a time. */
#define STORE_BATCH_BYTES_MAX (256 * 1024 * 1024)

/* Times that a transaction is tried when other services change its rows at the same time. Each time one of them got ahead. */
#define STORE_ATTEMPTS_MAX 10

/* Seconds without a write after which a store looks after itself: how long it stays down after its fault has ended. */
#define STORE_IDLE_S 1

/* ---- SQLite ---- */

/* Read connections, opened when all others are in use. Reads run on the server's threads: as many as these. */
#define STORE_READERS_MAX 64

/* Milliseconds to wait for a lock that another program (a backup, a shell) holds on the file. Below usual deadlines. */
#define STORE_BUSY_MS 2000

/* Pages in the log (16 MB) at which a commit also copies them into the file. That costs the disk three more waits, here to
 * some two hundred commits; SQLite's own 1,000 pages make it one wait in ten under load. */
#define STORE_LOG_PAGES_MAX 4000

/* The same on a disk with less room than this, twice such a log: one that took all that is left could never be copied. */
#define STORE_LOG_ROOM_BYTES (32 * 1024 * 1024)
#define STORE_LOG_PAGES_MIN  250

/* ---- PostgreSQL: what has to do with time is above what a healthy server needs and below usual deadlines ---- */

/* Connections that write. With two, one is loading rows while the other waits for the server's disk. */
#define POSTGRESQL_WRITERS 2

/* Connections that read, a thread each: as many as processors, in these bounds. Each carries many reads at once. */
#define POSTGRESQL_READERS_MIN 2
#define POSTGRESQL_READERS_MAX 8

/* Reads of ids that share a round trip. More would let the first wait for the last. */
#define POSTGRESQL_READS_MAX 64

/* Rows of a list that are asked for at once: first so many, for pages, then twice as many each time. */
#define POSTGRESQL_LIST_ROWS_MIN 64
#define POSTGRESQL_LIST_ROWS_MAX 1024

/* Seconds to connect to one address, unless the URI has a connect_timeout. */
#define POSTGRESQL_CONNECT_S "3"

/* Milliseconds that a statement may take, a wait for a lock included; the server ends it then. */
#define POSTGRESQL_STATEMENT_MS "5000"

/* Milliseconds that a transaction may be open between statements. It holds locks that other services wait for, and its own
 * may have been stopped or be cut off. */
#define POSTGRESQL_IDLE_MS "10000"

/* Milliseconds without a byte from the server after which it is asked to give up what it does, and then until the connection
 * is closed. */
#define POSTGRESQL_SILENCE_MS 6000
#define POSTGRESQL_CANCEL_MS  1000

/* Milliseconds that bytes may be on their way to the server, for TCP: how soon a network that is cut is noticed while there is
 * something to send. */
#define POSTGRESQL_UNACKNOWLEDGED_MS "3000"

/* Milliseconds between attempts to connect: doubled each time, less a random part of up to half. */
#define POSTGRESQL_RETRY_MS_MIN 50
#define POSTGRESQL_RETRY_MS_MAX 2000

/* Milliseconds after which the server is asked whether it is there. */
#define POSTGRESQL_HEARTBEAT_MS 1000

/* Seconds for which a deleted track's version is remembered: clocks of services do not differ by as much. And seconds after
 * which those that are older are looked for. */
#define POSTGRESQL_REMEMBER_S (24 * 3600)
#define POSTGRESQL_FORGET_S   3600

/* Bytes queued for the server before they are sent: what libpq copies at most of a large batch. */
#define POSTGRESQL_UNSENT_BYTES_MAX (1024 * 1024)

#endif
