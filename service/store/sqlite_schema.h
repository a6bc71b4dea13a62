/*
 * The SQL that makes the SQLite file what the present version of the store expects.
 *
 * The file says in its header whose it is (PRAGMA application_id) and which step it has reached (PRAGMA user_version).
 * A step, once released, is never edited: a change is a new step at the end.
 */
#ifndef SERVICE_STORE_SQLITE_SCHEMA_H
#define SERVICE_STORE_SQLITE_SCHEMA_H

/* "SCTk" */
#define SQLITE_SCHEMA_APPLICATION_ID 0x5343546b

/* The user_version that a file has after all steps. */
extern const int sqlite_schema_version;

/* sqlite_schema_steps[n] brings a file from user_version n to n + 1. */
extern const char *const sqlite_schema_steps[];

#endif
