/*
 * Other bytes of the same message: fields in another order, messages in pieces, numbers packed otherwise, scalars with a value before the
 * one that counts, unknown fields in between, tags and lengths longer than need be. Everything that the wire format allows and that
 * no serializer does.
 */
#ifndef TESTS_CODEC_TRANSCODE_SCRAMBLE_H
#define TESTS_CODEC_TRANSCODE_SCRAMBLE_H

#include "base/buf.h"
#include "codec/schema/schema.h"
#include "tests/codec/json/fixed_random.h"

/* Appends the message in another form. The bytes are well-formed, with at most one member of each oneof set. */
void scramble(const struct schema_message *message, struct view bytes, struct fixed_random *source, struct buf *out);

#endif
