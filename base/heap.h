/*
 * How a server uses the C library's heap.
 *
 * By default each of its pools gives what is free above 128 KiB back to the system at once, and the next burst of requests asks
 * for the same pages again: system calls, and a page fault for every few requests.
 */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

/* Free bytes that a pool keeps. A thread has a pool; what 64 requests in flight allocate is less. A block of this size or more
 * comes from the system, and goes back to it alone. */
#define HEAP_KEPT_BYTES (1024 * 1024)

/* Sets the above for the whole process. At its start, before there are threads. */
void heap_start(void);

#endif
