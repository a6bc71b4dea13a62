/*
 * Entity filters (`filter` and `exclude`): a record whose values are strings or arrays of strings.
 *
 * Keys are dotted paths into an entity and are taken as they are. The nested form of old configuration files,
 * {"catalog": {"metadata.tags": "python"}}, is refused with the flat form to write instead.
 */
#ifndef SERVICE_VALIDATE_FILTER_RULES_H
#define SERVICE_VALIDATE_FILTER_RULES_H

#include "google/protobuf/struct.pb-c.h"
#include "service/validate/violations.h"

/* Adds what is wrong with the filter. */
void filter_rules_check(const Google__Protobuf__Struct *filter, const struct field_path *path,
                        struct violations *violations);

#endif
