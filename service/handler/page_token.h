/*
 * The tokens of ListTracks' pages: behind which track the next page begins, and which request it belongs to.
 *
 *     token = hexadecimal of: a hash of the request's ids and filters, 8 bytes; the id of the page's last track
 *
 * So nothing is kept between two pages, and it does not matter which server is asked for the next. The page size is not
 * part of the hash: it may change from page to page. The token is no secret and no permission: who makes one up gets
 * what he could have asked for.
 *
 * Source   https://google.aip.dev/158.
 */
#ifndef SERVICE_HANDLER_PAGE_TOKEN_H
#define SERVICE_HANDLER_PAGE_TOKEN_H

#include "base/arena.h"
#include "base/status.h"
#include "soundcheck/v1/tracks.pb-c.h"

/* The hash of what a request asks for. */
uint64_t page_token_hash(const Soundcheck__V1__ListTracksRequest *request);

/* From the arena. NULL: it is exhausted. */
char *page_token_write(uint64_t hash, struct view last_id, struct arena *arena);

enum page_token_outcome { PAGE_TOKEN_OK, PAGE_TOKEN_MALFORMED, PAGE_TOKEN_OF_ANOTHER_REQUEST };

/* The id that page_token_write() was given. The token is decoded in place: it holds the id afterwards, or rubbish. */
enum page_token_outcome page_token_read(char *token, uint64_t hash, struct view *ret_last_id);

#endif
