/* What is already set, so that it is not set twice. */
#ifndef GATEWAY_PIPELINE_BOUND_FIELD_H
#define GATEWAY_PIPELINE_BOUND_FIELD_H

#include <stdbool.h>

#include "base/view.h"
#include "gateway/transcode/transcode.h"

/* Whether setting one of two fields would unset or overwrite the other: they are the same, or members of one oneof. */
bool bound_field_conflicts(const struct transcode_field_path *a, const struct transcode_field_path *b);

/* Whether an encoded message has this field of it. Linear in its fields. */
bool bound_field_is_set(const struct schema_field *field, struct view message);

#endif
