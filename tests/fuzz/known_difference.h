/*
 * Where protobuf C++ 3.21 reads JSON otherwise than we do, so that a comparison with it can leave these out.
 *
 * It refuses, and we accept:
 *  - an extension by its name in brackets, which ProtoJSON allows;
 *  - a group: what it writes for it cannot be parsed;
 *  - an Any's type URL that is not type.googleapis.com/, the name, and nothing more; we take what is behind the last slash;
 *  - a whole number in quotes that is not in its plain form: "1e3", "1.0", and "-0" for an unsigned type;
 *  - base64 whose last character has bits to spare, which the conformance suite asks for;
 *  - JSON nested as deep as our limit of messages allows, which its parser counts otherwise.
 * It accepts what we do, with another result:
 *  - null for a repeated google.protobuf.Value is a list of one null; for us it is no list, as for every other type.
 *  - A FieldMask's capital at the beginning of a word, which is not how a path comes to be: see protobuf_peer.h.
 */
#ifndef TESTS_FUZZ_KNOWN_DIFFERENCE_H
#define TESTS_FUZZ_KNOWN_DIFFERENCE_H

#include <stdbool.h>

#include "base/view.h"

/* Whether protobuf may refuse JSON that we accept for this reason, in its words. */
bool known_difference_in_refusal(const char *reason);

/* Whether protobuf may read this JSON, which both accept, as another message. */
bool known_difference_in_result(struct view json);

#endif
