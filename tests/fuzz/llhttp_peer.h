/*
 * The same bytes as node's parser reads them: llhttp with all leniency off, compiled in its strict mode.
 *
 * Flow     One call for all bytes of a connection.
 * Memory   The text is appended to; abort() when there is no memory.
 */
#ifndef TESTS_FUZZ_LLHTTP_PEER_H
#define TESTS_FUZZ_LLHTTP_PEER_H

#include "base/buf.h"
#include "base/view.h"

enum llhttp_peer_end {
    LLHTTP_PEER_MORE,    /* all bytes were read, and a request goes on */
    LLHTTP_PEER_BETWEEN, /* all bytes were read, and requests with them */
    LLHTTP_PEER_TUNNEL,  /* what is behind the head of CONNECT is no HTTP; the text has no "end" of it */
    LLHTTP_PEER_REFUSED,
};

/*
 * Writes the requests as http1_transcript.h describes it, of what any reader tells; without its last line, which is
 * returned. *ret_reason is llhttp's own, of a refusal.
 */
enum llhttp_peer_end llhttp_peer_read(struct view input, struct buf *text, const char **ret_reason);

#endif
