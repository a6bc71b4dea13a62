/*
 * A file of this VFS is the ordinary VFS's file behind a pointer to our methods. Methods without a fault pass the call on; the
 * lock is held for counting alone.
 */
#include "tests/service/store/faulty_vfs.h"

#include <pthread.h>
#include <sqlite3.h>

struct faulty_file {
    sqlite3_file file;   /* first; its methods are ours */
    sqlite3_file real[]; /* the ordinary VFS's, and what that has behind it */
};

static struct {
    pthread_mutex_t lock; /* guards what follows */
    enum faulty_operation operation;
    unsigned until; /* operations that still go well; meaningful when armed */
    bool armed;
    bool happened;
} fault = {.lock = PTHREAD_MUTEX_INITIALIZER};

static sqlite3_vfs *ordinary;
static sqlite3_vfs faulty;

static bool fails(enum faulty_operation operation)
{
    bool result = false;
    pthread_mutex_lock(&fault.lock);
    if (fault.armed && fault.operation == operation) {
        result = fault.until == 0;
        fault.until -= !result;
        fault.happened |= result;
    }
    pthread_mutex_unlock(&fault.lock);
    return result;
}

static sqlite3_file *real(sqlite3_file *file)
{
    return ((struct faulty_file *)file)->real;
}

#define PASS(method, ...) real(file)->pMethods->method(real(file), ##__VA_ARGS__)

static int close_file(sqlite3_file *file)
{
    return PASS(xClose);
}

static int read_file(sqlite3_file *file, void *data, int len, sqlite3_int64 offset)
{
    return fails(FAULTY_READ) ? SQLITE_IOERR_READ : PASS(xRead, data, len, offset);
}

static int write_file(sqlite3_file *file, const void *data, int len, sqlite3_int64 offset)
{
    return fails(FAULTY_WRITE) ? SQLITE_IOERR_WRITE : PASS(xWrite, data, len, offset);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    return fails(FAULTY_TRUNCATE) ? SQLITE_IOERR_TRUNCATE : PASS(xTruncate, size);
}

static int sync_file(sqlite3_file *file, int flags)
{
    return fails(FAULTY_SYNC) ? SQLITE_IOERR_FSYNC : PASS(xSync, flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return PASS(xFileSize, ret_size);
}

static int lock_file(sqlite3_file *file, int kind)
{
    return PASS(xLock, kind);
}

static int unlock_file(sqlite3_file *file, int kind)
{
    return PASS(xUnlock, kind);
}

static int check_reserved_lock(sqlite3_file *file, int *ret_reserved)
{
    return PASS(xCheckReservedLock, ret_reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return PASS(xFileControl, operation, argument);
}

static int sector_size(sqlite3_file *file)
{
    return PASS(xSectorSize);
}

static int characteristics(sqlite3_file *file)
{
    return PASS(xDeviceCharacteristics);
}

static int shm_map(sqlite3_file *file, int page, int page_size, int extend, void volatile **ret_page)
{
    return PASS(xShmMap, page, page_size, extend, ret_page);
}

static int shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return PASS(xShmLock, offset, count, flags);
}

static void shm_barrier(sqlite3_file *file)
{
    PASS(xShmBarrier);
}

static int shm_unmap(sqlite3_file *file, int delete)
{
    return PASS(xShmUnmap, delete);
}

/* Version 2: without memory-mapped reads, so that every read is seen. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock_file,
    .xUnlock = unlock_file,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    (void)vfs;
    int result = ordinary->xOpen(ordinary, name, real(file), flags, ret_flags);
    file->pMethods = real(file)->pMethods ? &methods : NULL; /* NULL: there is nothing to be closed */
    return result;
}

void faulty_vfs_install(void)
{
    ordinary = sqlite3_vfs_find(NULL);
    faulty = *ordinary;
    faulty.zName = "faulty";
    faulty.pNext = NULL;
    faulty.szOsFile = (int)sizeof(struct faulty_file) + ordinary->szOsFile;
    faulty.xOpen = open_file;
    sqlite3_vfs_register(&faulty, 1);
}

void faulty_vfs_fail(enum faulty_operation operation, unsigned nth)
{
    pthread_mutex_lock(&fault.lock);
    fault.operation = operation;
    fault.until = nth - 1;
    fault.armed = true;
    fault.happened = false;
    pthread_mutex_unlock(&fault.lock);
}

bool faulty_vfs_heal(void)
{
    pthread_mutex_lock(&fault.lock);
    fault.armed = false;
    bool happened = fault.happened;
    pthread_mutex_unlock(&fault.lock);
    return happened;
}
