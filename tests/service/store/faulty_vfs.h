/*
 * SQLite's way to the disk, with faults: a VFS before the ordinary one, which fails reads, writes, syncs and truncations with
 * an I/O error when it is told to. It is the default for files opened after faulty_vfs_install().
 *
 * Threads  Safe from any.
 *
 *     faulty_vfs_install();
 *     faulty_vfs_fail(FAULTY_SYNC, 2);       the second sync from now on fails, and all that follow
 *     …
 *     faulty_vfs_heal();
 */
#ifndef TESTS_SERVICE_STORE_FAULTY_VFS_H
#define TESTS_SERVICE_STORE_FAULTY_VFS_H

#include <stdbool.h>

enum faulty_operation {
    FAULTY_READ,
    FAULTY_WRITE,
    FAULTY_SYNC,
    FAULTY_TRUNCATE,
    FAULTY_OPERATIONS, /* how many there are */
};

void faulty_vfs_install(void);

/* From the nth operation of this kind on (1: the next one), all of this kind fail. */
void faulty_vfs_fail(enum faulty_operation operation, unsigned nth);

/* The faults end. Whether there was one since faulty_vfs_fail(). */
bool faulty_vfs_heal(void);

#endif
