/* The limits of web/net. */
#ifndef WEB_NET_LIMITS_H
#define WEB_NET_LIMITS_H

/* A block of a write queue: an answer of a few kB with its header in one piece. */
#define NET_BLOCK_BYTES (16 * 1024)

/* The same where there is no memory for one in the budget: for the answer that says so. */
#define NET_SMALL_BLOCK_BYTES (2 * 1024)

/* Blocks that a thread keeps for the next writes: what 64 connections of busy clients need in a turn. */
#define NET_KEPT_BLOCKS_MAX 64

/* What is queued by one call from this many bytes on is not copied into a block, when its memory may be taken over. */
#define NET_TAKEN_BYTES_MIN (32 * 1024)

/* Pieces of one writev(2). */
#define NET_WRITE_PIECES_MAX 32

/* A writer is told to stop when this much is queued, and to go on when no more than the lower mark is left. */
#define NET_QUEUED_BYTES_HIGH (256 * 1024)
#define NET_QUEUED_BYTES_LOW  (64 * 1024)

#endif
