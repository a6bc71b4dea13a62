/*
 * Threads of a store: they take no signals, which are the program's to handle, and have a name that tools show.
 *
 * Errors   An errno, 0 when there is none.
 */
#ifndef SERVICE_STORE_STORE_THREAD_H
#define SERVICE_STORE_STORE_THREAD_H

#include <pthread.h>

/* The name has at most 15 bytes. */
int store_thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *ctx), void *ctx);

/* A condition whose timed waits go by the monotonic clock. */
void store_thread_init_wake(pthread_cond_t *wake);

#endif
