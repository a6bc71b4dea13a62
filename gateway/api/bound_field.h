/* What is already set, so that it is not set twice. */
#ifndef GATEWAY_API_BOUND_FIELD_H
#define GATEWAY_API_BOUND_FIELD_H

#include <stdbool.h>

#include "base/view.h"
#include "codec/transcode/transcode.h"

/* Whether two fields of one message are members of one oneof: setting one unsets the other. */
bool bound_field_is_rival(const struct schema_field *a, const struct schema_field *b);

enum bound_field_relation {
    BOUND_FIELD_APART, /* both can be set */
    BOUND_FIELD_SAME,  /* one field, of a map with one key */
    BOUND_FIELD_RIVAL, /* they are, or lie inside of, two members of one oneof */
};

enum bound_field_relation bound_field_compare(const struct transcode_field_path *a,
                                              const struct transcode_field_path *b);

/* Whether an encoded message has this field of it. Linear in its fields. */
bool bound_field_is_set(const struct schema_field *field, struct view message);

#endif
