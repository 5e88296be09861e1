/* pryvctl.h - what the commands of pryvctl share. */
#ifndef PRYVCTL_H
#define PRYVCTL_H

#include <pryv/accounts.h>
#include <pryv/error.h>
#include <pryv/files.h>
#include <pryv/json.h>
#include <pryv/platform.h>
#include <pryv/storage.h>

enum { SUCCESS = 0, FAILURE = 1, USAGE_ERROR = 2 }; /* status for exit */

enum { MANY_MAX = 1000 };

/* The values of an option that may be repeated. */
struct many {
    const char *values[MANY_MAX];
    size_t count;
};

/* One run. Texts are those of argv. */
struct run {
    const char *name;   /* the command's first argument, or NULL */
    const char *second; /* and its second */
    bool json, yes;     /* its options */
    const char *language, *message, *count;
    struct many fields;      /* KEY=VALUE */
    struct many to_settings; /* KEY=VALUE */
    struct many users;
    const char *from, *to;
    bool check_only, overwrite;
    struct pryv_arena *mem;
    struct pryv_err err;
    /* The interfaces of the data. `files` and `accounts` are NULL where no plugin provides them. */
    const struct pryv_storage_ops *storage;
    const struct pryv_platform_ops *platform;
    const struct pryv_files_ops *files;
    const struct pryv_accounts_ops *accounts;
    void *storage_self, *platform_self, *files_self, *accounts_self;
};

/* ---- Saying (tell.c) -------------------------------------------------------------------------------------- */

/* Says on stderr what went wrong, from run->err, with all complaints that are in its data. FAILURE. */
int tell_failure(const struct run *run, const char *what);
/* A line on stderr. FAILURE. */
int fail(const char *format, ...) PRYV_PRINTF(1, 2);
/* A line on stdout: the text of `js`. */
int print_json(const struct pryv_json *js);
/* The running server forgets what it remembers about accounts. SUCCESS, or FAILURE after a line on stderr. */
int tell_server(void);

/* ---- Asking whoever runs it (ask.c) ---------------------------------------------------------------------- */

/* True with --yes, and when `name` is typed after the question on stderr. */
bool is_confirmed(const struct run *run, const char *name, const char *question);
/* A line of stdin: from a terminal without showing it, and twice. 6 to 100 characters. False after a line on stderr. */
bool read_password(struct run *run, struct pryv_str *out);

/* ---- Commands, one group a file ----------------------------------------------------------------------------- */

int users_list(struct run *run);
int users_show(struct run *run);
int users_create(struct run *run);
int users_delete(struct run *run);
int users_reset_password(struct run *run);
int users_deactivate_mfa(struct run *run);
int invitations_list(struct run *run);
int invitations_create(struct run *run);
int invitations_revoke(struct run *run);
int cores_list(struct run *run);
int settings_show(struct run *run);
int storage_copy(struct run *run);
int check(struct run *run);
int print_completion(struct run *run);
int print_version(struct run *run);
int print_help(struct run *run);

#endif
