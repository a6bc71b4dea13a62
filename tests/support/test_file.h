/* A file that a test has as data. */
#ifndef TESTS_SUPPORT_TEST_FILE_H
#define TESTS_SUPPORT_TEST_FILE_H

#include "base/buf.h"

/* The content of the file, which the caller frees. Fails the test when there is none. */
struct buf test_file_read(const char *path);

#endif
