/*
 * Guards the unpacking of descriptors: protobuf-c recurses into nested message types, so their depth is checked on the bytes first.
 * (Every other part of a descriptor nests to a fixed depth.)
 */
#ifndef CODEC_SCHEMA_NESTING_H
#define CODEC_SCHEMA_NESTING_H

#include <stdbool.h>

#include "base/view.h"

#define NESTED_TYPES_MAX 32

/* Whether the bytes are well-formed as far as the nesting of types goes, and nest at most NESTED_TYPES_MAX deep. */
bool nesting_is_bounded(struct view descriptor_set);

#endif
