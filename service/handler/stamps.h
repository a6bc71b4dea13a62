/*
 * createdAt and updatedAt in the bytes of an encoded track: found, read and set in place, without unpacking it.
 *
 * All stamps that the service writes are of one length, so a track is encoded once with blanks, on any thread, and gets
 * its stamps when its turn to be written has come.
 */
#ifndef SERVICE_HANDLER_STAMPS_H
#define SERVICE_HANDLER_STAMPS_H

#include <stdint.h>

#include "base/status.h"
#include "base/view.h"
#include "service/validate/iso8601.h"

/* Has the length of a stamp. */
#define STAMP_BLANK "0000-00-00T00:00:00.000Z"

struct stamps {
    char created_at[ISO8601_STAMP_BYTES];
    char updated_at[ISO8601_STAMP_BYTES];
};

/* Offsets of the two stamps' texts in the bytes of a track; each is sizeof(STAMP_BLANK) - 1 long. */
struct stamp_places {
    size_t created_at;
    size_t updated_at;
};

/* False when the bytes are no message, or have not two stamps of this length. */
MUST_USE bool stamps_find(struct view track, struct stamp_places *ret_places);

/* The stamps of a track that is created now. */
struct stamps stamps_of_creation(int64_t now_ms);

/*
 * The stamps of a track that is changed now: created when it was, and updated now, but always a millisecond or more after
 * the last time, so that each version has a time of its own whatever the clock does.
 */
struct stamps stamps_of_change(const struct stamps *last, int64_t now_ms);

struct stamps stamps_read(const char *track, const struct stamp_places *places);
void stamps_write(char *track, const struct stamp_places *places, const struct stamps *stamps);

#endif
