/*
 * Where in a message the codec is, for its error messages: levels[1].checks[0].filter["spec.type"].
 *
 * Flow     Each level of nesting has a node on its stack and sets what it is at; the text is made only when there is an error.
 */
#ifndef CODEC_TRANSCODE_PATH_H
#define CODEC_TRANSCODE_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"
#include "codec/schema/schema.h"

struct path_node {
    struct path_node *outer;
    const struct schema_field *field;     /* of a message: the field it is at, or NULL */
    struct view key;                      /* of a map or Struct: the key it is at */
    const struct schema_field *key_field; /* of a map in wire bytes: what the key is; NULL: text */
    size_t index;                         /* of an array: the element it is at */
    bool array;
};

#define PATH_TEXT_BYTES_MAX 400

/* Writes the path with a terminator and returns its beginning in `text`; what does not fit is cut in front. Empty at the root. */
const char *path_write(const struct path_node *innermost, char text[static PATH_TEXT_BYTES_MAX]);

#endif
