/*
 * Every limit of track_service, with its reason. What a limit refuses is refused with a message that names it.
 */
#ifndef SERVICE_LIMITS_H
#define SERVICE_LIMITS_H

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

/* Wrong fields named in one answer, the rest is counted. As many as somebody would repair before trying again. */
#define TRACK_VIOLATIONS_MAX 100

/* ---- A request (service/handler) ---- */

/* Tracks of a CreateTracks, ids of a ListTracks. One request takes the writer, or a snapshot, for as many rows. */
#define REQUEST_TRACKS_MAX 1000

/* ---- The store (service/store) ---- */

/* Writes that wait for their transaction. At the rate of a slow disk's group commits some tenths of a second: who would
 * wait longer is better told to come back. */
#define STORE_QUEUE_MAX 4096

/* Writes that share a transaction: what a failing commit takes with it, and how long the first waits for the last. */
#define STORE_BATCH_WRITES_MAX 256

/* Current rows that a transaction holds in memory. A batch that needs more is taken apart, one write at a time. */
#define STORE_BATCH_BYTES_MAX (256 * 1024 * 1024)

/* Read connections, opened when all others are in use. Reads run on the server's threads: as many as these. */
#define STORE_READERS_MAX 64

/* Milliseconds to wait for a lock that another program (a backup, a shell) holds on the file. Below usual deadlines. */
#define STORE_BUSY_MS 2000

#endif
