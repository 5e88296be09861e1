/* pryvctl.h - what the commands of pryvctl share. */
#ifndef PRYVCTL_H
#define PRYVCTL_H

#include <pryv/error.h>
#include <pryv/files.h>
#include <pryv/json.h>
#include <pryv/platform.h>
#include <pryv/storage.h>

enum { SUCCESS = 0, FAILURE = 1, USAGE_ERROR = 2 }; /* status for exit */

/* One run. */
struct run {
    const char *name; /* the command's argument, or NULL */
    bool json, yes;   /* its options */
    struct pryv_arena *mem;
    struct pryv_err err;
    /* The interfaces of the data. `files` is NULL where no plugin provides it. */
    const struct pryv_storage_ops *storage;
    const struct pryv_platform_ops *platform;
    const struct pryv_files_ops *files;
    void *storage_self, *platform_self, *files_self;
};

/* Says on stderr what went wrong, from run->err. FAILURE. */
int tell_failure(const struct run *run, const char *what);
/* A line on stdout: the text of `js`. */
int print_json(const struct pryv_json *js);

int users_list(struct run *run);
int users_show(struct run *run);
int users_delete(struct run *run);
int check(struct run *run);

#endif
