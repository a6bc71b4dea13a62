/* Whether an encoded message already says something about a field, and whether it is the same as another says. Linear in the bytes. */
#ifndef GATEWAY_PIPELINE_BOUND_FIELD_H
#define GATEWAY_PIPELINE_BOUND_FIELD_H

#include <stdbool.h>

#include "base/view.h"
#include "gateway/transcode/transcode.h"

/*
 * False when both encoded messages set the field of this path, and to different values. Both must come from our own encoder, in
 * which equal values have equal bytes.
 */
bool bound_field_agrees(const struct transcode_field_path *path, struct view a, struct view b);

/* Whether setting one of two fields would unset or overwrite the other: they are the same, or members of one oneof. */
bool bound_field_conflicts(const struct transcode_field_path *a, const struct transcode_field_path *b);

#endif
