/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the library reaches the disk when it writes. A write that fails (a full disk) leaves libhdf5 with a file that can
   never be closed, so it is not told: from the first failure on this driver keeps what is written in memory, where it is
   read back, and reports the failure beside the library. What was kept is dropped with the file. */
#ifndef WAYFARE_HDF5_DRIVER_H
#define WAYFARE_HDF5_DRIVER_H

#include <hdf5.h>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#define HDF5_DRIVER_HEAD .version = H5FD_CLASS_VERSION, .value = (H5FD_class_value_t)519,
#else
#define HDF5_DRIVER_HEAD
#endif

/* Outlives the file while somebody holds it. */
struct hdf5_driver_report {
    int failed; /* errno of the first write that failed; 0: none */
    int holders;
};

hid_t hdf5_driver_access(void);                             /* a file access list, to be closed */
struct hdf5_driver_report *hdf5_driver_hold(hid_t file);    /* of a file opened with such a list */
int hdf5_driver_release(struct hdf5_driver_report *report); /* what failed */

#endif
