/*
 * Ends all TCP connections that this process has accepted on a port, at once and whoever reads or writes them: what was
 * written still arrives, nothing comes behind it. For gRPC core, which has no such step: it goes on answering while it shuts
 * down, and with CANCELLED, which clients do not try again.
 *
 * Limits   Linux, with /proc; without it nothing happens.
 * Threads  Safe from any. Whoever uses the connections sees their end.
 */
#ifndef SERVICE_SERVER_HANG_UP_H
#define SERVICE_SERVER_HANG_UP_H

void hang_up(int port);

#endif
