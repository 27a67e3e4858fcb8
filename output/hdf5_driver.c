/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hdf5_driver.h"
#include "sim/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A write that did not reach the disk. */
struct kept {
    struct kept *next;
    haddr_t address;
    size_t size;
    unsigned char bytes[];
};

struct driver_file {
    H5FD_t base; /* the library's, first */
    int descriptor;
    haddr_t end_of_use, end_of_file;
    dev_t device;
    ino_t number;
    struct kept *kept, **last; /* in the order of writing */
    struct hdf5_driver_report *report;
};

static struct driver_file *of(H5FD_t *file) { return (struct driver_file *)file; }

static const struct driver_file *of_const(const H5FD_t *file) { return (const struct driver_file *)file; }

static int open_flags(unsigned flags)
{
    int result = flags & H5F_ACC_RDWR ? O_RDWR : O_RDONLY;
    if (flags & H5F_ACC_TRUNC) result |= O_TRUNC;
    if (flags & H5F_ACC_CREAT) result |= O_CREAT;
    if (flags & H5F_ACC_EXCL) result |= O_EXCL;
    return result | O_CLOEXEC;
}

static H5FD_t *driver_open(const char *name, unsigned flags, hid_t access, haddr_t most)
{
    (void)access, (void)most;
    struct stat about;
    int descriptor = open(name, open_flags(flags), 0666);
    if (descriptor < 0) return NULL;
    if (fstat(descriptor, &about)) {
        close(descriptor);
        return NULL;
    }
    struct driver_file *file = memory_new(1, sizeof *file);
    file->descriptor = descriptor;
    file->end_of_file = (haddr_t)about.st_size;
    file->device = about.st_dev;
    file->number = about.st_ino;
    file->last = &file->kept;
    file->report = memory_new(1, sizeof *file->report);
    file->report->holders = 1;
    return &file->base;
}

static void note(struct driver_file *file, int reason)
{
    if (file->report->failed == 0) file->report->failed = reason ? reason : EIO;
}

int hdf5_driver_release(struct hdf5_driver_report *report)
{
    int failed = report->failed;
    if (--report->holders == 0) memory_free(report);
    return failed;
}

/* Network disks say at closing that they are full. */
static herr_t driver_close(H5FD_t *base)
{
    struct driver_file *file = of(base);
    if (close(file->descriptor)) note(file, errno);
    for (struct kept *next, *kept = file->kept; kept; kept = next) {
        next = kept->next;
        memory_free(kept);
    }
    hdf5_driver_release(file->report);
    memory_free(file);
    return 0;
}

static int driver_compare(const H5FD_t *left, const H5FD_t *right)
{
    const struct driver_file *a = of_const(left), *b = of_const(right);
    if (a->device != b->device) return a->device < b->device ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static herr_t driver_query(const H5FD_t *file, unsigned long *flags)
{
    (void)file;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE;
    *flags |= H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_DEFAULT_VFD_COMPATIBLE;
    return 0;
}

static haddr_t driver_end_of_use(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return of_const(file)->end_of_use;
}

static herr_t driver_set_end_of_use(H5FD_t *file, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    of(file)->end_of_use = address;
    return 0;
}

static haddr_t driver_end_of_file(const H5FD_t *file, H5FD_mem_t type)
{
    (void)type;
    return of_const(file)->end_of_file;
}

static herr_t driver_handle(H5FD_t *file, hid_t access, void **handle)
{
    (void)access;
    *handle = of(file);
    return 0;
}

/* Bytes behind the end are zeros. */
static herr_t read_disk(int descriptor, haddr_t address, size_t size, unsigned char *buffer)
{
    while (size > 0) {
        ssize_t bytes = pread(descriptor, buffer, size, (off_t)address);
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes < 0) return -1;
        if (bytes == 0) break;
        buffer += bytes;
        address += (haddr_t)bytes;
        size -= (size_t)bytes;
    }
    memset(buffer, 0, size);
    return 0;
}

static void read_kept(const struct kept *kept, haddr_t address, size_t size, unsigned char *buffer)
{
    haddr_t from = kept->address > address ? kept->address : address;
    haddr_t kept_end = kept->address + kept->size, end = address + size;
    haddr_t to = kept_end < end ? kept_end : end;
    if (from < to) memcpy(buffer + (from - address), kept->bytes + (from - kept->address), (size_t)(to - from));
}

static herr_t driver_read(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, void *buffer)
{
    (void)type, (void)transfer;
    const struct driver_file *file = of(base);
    if (read_disk(file->descriptor, address, size, buffer)) return -1;
    for (const struct kept *kept = file->kept; kept; kept = kept->next) read_kept(kept, address, size, buffer);
    return 0;
}

static bool write_disk(int descriptor, haddr_t address, size_t size, const unsigned char *buffer)
{
    while (size > 0) {
        ssize_t bytes = pwrite(descriptor, buffer, size, (off_t)address);
        if (bytes < 0 && errno == EINTR) continue;
        if (bytes <= 0) return false;
        buffer += bytes;
        address += (haddr_t)bytes;
        size -= (size_t)bytes;
    }
    return true;
}

static void keep(struct driver_file *file, haddr_t address, size_t size, const void *buffer)
{
    struct kept *kept = memory_new(1, sizeof *kept + size);
    kept->address = address;
    kept->size = size;
    memcpy(kept->bytes, buffer, size);
    *file->last = kept;
    file->last = &kept->next;
}

static herr_t driver_write(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, const void *buffer)
{
    (void)type, (void)transfer;
    struct driver_file *file = of(base);
    if (file->report->failed == 0 && !write_disk(file->descriptor, address, size, buffer)) note(file, errno);
    if (file->report->failed) keep(file, address, size, buffer);
    if (address + size > file->end_of_file) file->end_of_file = address + size;
    return 0;
}

static herr_t driver_truncate(H5FD_t *base, hid_t transfer, hbool_t closing)
{
    (void)transfer, (void)closing;
    struct driver_file *file = of(base);
    if (file->end_of_use == file->end_of_file) return 0;
    if (ftruncate(file->descriptor, (off_t)file->end_of_use)) note(file, errno);
    file->end_of_file = file->end_of_use;
    return 0;
}

static herr_t driver_lock(H5FD_t *file, hbool_t writing)
{
    if (flock(of(file)->descriptor, (writing ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0) return 0;
    return errno == ENOSYS ? 0 : -1;
}

static herr_t driver_unlock(H5FD_t *file)
{
    if (flock(of(file)->descriptor, LOCK_UN) == 0) return 0;
    return errno == ENOSYS ? 0 : -1;
}

static const H5FD_class_t DRIVER = {
    HDF5_DRIVER_HEAD.name = "wayfare",
    .maxaddr = INT64_MAX,
    .fc_degree = H5F_CLOSE_WEAK,
    .open = driver_open,
    .close = driver_close,
    .cmp = driver_compare,
    .query = driver_query,
    .get_eoa = driver_end_of_use,
    .set_eoa = driver_set_end_of_use,
    .get_eof = driver_end_of_file,
    .get_handle = driver_handle,
    .read = driver_read,
    .write = driver_write,
    .truncate = driver_truncate,
    .lock = driver_lock,
    .unlock = driver_unlock,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t hdf5_driver_access(void)
{
    hid_t driver = H5FDregister(&DRIVER), list = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_driver(list, driver, NULL);
    H5FDunregister(driver);
    return list;
}

struct hdf5_driver_report *hdf5_driver_hold(hid_t file)
{
    void *handle = NULL;
    if (H5Fget_vfd_handle(file, H5P_DEFAULT, &handle) < 0) return NULL;
    struct driver_file *ours = handle;
    ours->report->holders++;
    return ours->report;
}
