/*
 * Descriptor sets with what is said about each: a file of schema.test.BrokenSets (broken_sets.proto), made by protoc from text.
 *
 *     assert_true(broken_set_file_check("tests/…/broken_sets.binpb", load) > 50);
 */
#ifndef TESTS_GATEWAY_SCHEMA_BROKEN_SET_FILE_H
#define TESTS_GATEWAY_SCHEMA_BROKEN_SET_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "base/view.h"

/* What takes an encoded FileDescriptorSet, or refuses it and sets the status. */
typedef bool broken_set_load(struct view set, struct status *st);

/* Fails the test unless each set is taken or refused as the file says, with its very message. Gives the number of sets. */
size_t broken_set_file_check(const char *path, broken_set_load *load);

#endif
