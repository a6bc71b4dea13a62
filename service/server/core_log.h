/*
 * gRPC core's own log, as lines of ours.
 *
 * Core writes text to stderr by itself (errors, unless GRPC_VERBOSITY says otherwise). Programs whose stderr is one JSON
 * object a line send it through base/log.h.
 */
#ifndef SERVICE_SERVER_CORE_LOG_H
#define SERVICE_SERVER_CORE_LOG_H

/* For the whole process. Call once after log_start(), before anything of gRPC. */
void core_log_start(void);

#endif
