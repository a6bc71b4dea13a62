#include "service/store/sqlite_schema.h"

const char *const sqlite_schema_steps[] = {
    /* A rowid table: a row of some kilobytes does not belong into the nodes of the tree that ids are searched in. */
    "CREATE TABLE tracks ("
    " id TEXT NOT NULL PRIMARY KEY,"
    " version INTEGER NOT NULL,"
    " track BLOB NOT NULL" /* an encoded soundcheck.v1.Track */
    ") STRICT;",
};

const int sqlite_schema_version = sizeof(sqlite_schema_steps) / sizeof(sqlite_schema_steps[0]);
