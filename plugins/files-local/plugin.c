/* files-local.so - attachments as files in the user's folder: PATH/<c>/<b>/<a>/<user>/attachments/<event>/<file>, where a, b, c are
 * the last three characters of the user's id, the last first. The bytes and nothing else.
 *
 * A file is written under a name that begins with a point, made durable, renamed, and its folder made durable: a crash leaves either the
 * whole file or one that the sweep of unfinished files takes away at the next start. */
#include <pryv/files.h>
#include <pryv/folders.h>
#include <pryv/plugin.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_NAME "files-local"
enum { ID_MAX = 300 };

struct files_config {
    struct pryv_str path;
};

struct files_local {
    char *path;
};

struct pryv_file_writer {
    int fd;
    int folder;
    char unfinished[ID_MAX + 2];
    char name[ID_MAX + 1];
};

struct pryv_file_reader {
    int fd;
};

static const struct pryv_config_key keys[] = {
    PRYV_CONFIG_TEXT(struct files_config, path, "storages.engines.filesystem.path", NULL, 0,
                     "Folder of the users' folders that hold attachments. Unset: `users` in the data folder."),
    PRYV_CONFIG_END
};

/* ---- Names ---------------------------------------------------------------------------------- */

/* Ids reach us checked, but a name that could leave its folder is refused here too. */
static bool is_name(struct pryv_str id)
{
    if (id.len < 3 || id.len > ID_MAX || id.data[0] == '.')
        return false;
    for (size_t i = 0; i < id.len; i++)
        if (id.data[i] == '/' || id.data[i] == '\0')
            return false;
    return true;
}

static enum pryv_rc user_folder(const struct files_local *files, struct pryv_str user, struct pryv_str *out, struct pryv_err *err)
{
    if (!is_name(user))
        return pryv_fail(err, PRYV_NOT_FOUND, "no user of this id");

    const char *end = user.data + user.len;

    *out = pryv_format(err->arena, "%s/%c/%c/%c/%.*s/attachments", files->path, end[-1], end[-2], end[-3], PRYV_STR_ARG(user));
    return PRYV_OK;
}

static enum pryv_rc event_folder(const struct files_local *files, struct pryv_str user, struct pryv_str event,
                                 struct pryv_str *out, struct pryv_err *err)
{
    struct pryv_str folder;
    enum pryv_rc rc = user_folder(files, user, &folder, err);

    if (rc != PRYV_OK)
        return rc;
    if (!is_name(event))
        return pryv_fail(err, PRYV_NOT_FOUND, "no event of this id");
    *out = pryv_format(err->arena, "%s/%.*s", folder.data, PRYV_STR_ARG(event));
    return PRYV_OK;
}

static enum pryv_rc failed(struct pryv_err *err, const char *what, const char *path)
{
    enum pryv_rc rc = errno == ENOSPC || errno == EDQUOT || errno == EMFILE || errno == ENFILE ? PRYV_BUSY : PRYV_FAILED;

    return pryv_fail(err, rc, "cannot %s %s: %s", what, path, strerror(errno));
}

/* ---- Writing -------------------------------------------------------------------------------- */

static enum pryv_rc files_create(void *self, struct pryv_str user, struct pryv_str event, struct pryv_str file,
                                 struct pryv_file_writer **out, struct pryv_err *err)
{
    struct pryv_str folder;
    enum pryv_rc rc = event_folder(self, user, event, &folder, err);

    if (rc != PRYV_OK)
        return rc;
    if (!is_name(file))
        return pryv_fail(err, PRYV_FAILED, "not the id of a file");
    if (pryv_folder_make(pryv_cstr(err->arena, folder)) == -1)
        return failed(err, "make", folder.data);

    struct pryv_file_writer *writer = calloc(1, sizeof(*writer));

    if (!writer)
        abort();
    snprintf(writer->name, sizeof(writer->name), "%.*s", PRYV_STR_ARG(file));
    snprintf(writer->unfinished, sizeof(writer->unfinished), ".%.*s", PRYV_STR_ARG(file));
    writer->folder = open(folder.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    writer->fd =
        writer->folder == -1 ? -1 : openat(writer->folder, writer->unfinished, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (writer->fd == -1) {
        rc = failed(err, "write in", folder.data);
        if (writer->folder != -1)
            close(writer->folder);
        free(writer);
        return rc;
    }
    *out = writer;
    return PRYV_OK;
}

static enum pryv_rc files_write(struct pryv_file_writer *writer, struct pryv_str bytes, struct pryv_err *err)
{
    while (bytes.len) {
        ssize_t n = write(writer->fd, bytes.data, bytes.len);

        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return failed(err, "write", "an attachment");
        bytes.data += n;
        bytes.len -= (size_t) n;
    }
    return PRYV_OK;
}

static void writer_free(struct pryv_file_writer *writer)
{
    close(writer->fd);
    close(writer->folder);
    free(writer);
}

static void files_abandon(struct pryv_file_writer *writer)
{
    if (!writer)
        return;
    unlinkat(writer->folder, writer->unfinished, 0);
    writer_free(writer);
}

static enum pryv_rc files_finish(struct pryv_file_writer *writer, struct pryv_err *err)
{
    if (fsync(writer->fd) == -1 || renameat(writer->folder, writer->unfinished, writer->folder, writer->name) == -1 ||
        fsync(writer->folder) == -1) {
        enum pryv_rc rc = failed(err, "store", "an attachment");

        unlinkat(writer->folder, writer->name, 0);
        files_abandon(writer);
        return rc;
    }
    writer_free(writer);
    return PRYV_OK;
}

/* ---- Reading -------------------------------------------------------------------------------- */

static enum pryv_rc files_open(void *self, struct pryv_str user, struct pryv_str event, struct pryv_str file,
                               struct pryv_file_reader **out, uint64_t *size, int *fd, struct pryv_err *err)
{
    struct pryv_str folder;
    struct stat status;
    enum pryv_rc rc = event_folder(self, user, event, &folder, err);

    if (rc != PRYV_OK)
        return rc;
    if (!is_name(file))
        return pryv_fail(err, PRYV_NOT_FOUND, "no file of this id");

    const char *path = pryv_format(err->arena, "%s/%.*s", folder.data, PRYV_STR_ARG(file)).data;
    int own = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (own == -1)
        return errno == ENOENT || errno == ENOTDIR ? pryv_fail(err, PRYV_NOT_FOUND, "no file of this id")
                                                   : failed(err, "open", path);

    struct pryv_file_reader *reader = calloc(1, sizeof(*reader));

    if (!reader)
        abort();
    reader->fd = own;
    if (fstat(own, &status) == -1 || (*fd = fcntl(own, F_DUPFD_CLOEXEC, 3)) == -1) {
        rc = failed(err, "open", path);
        close(own);
        free(reader);
        return rc;
    }
    *size = (uint64_t) status.st_size;
    *out = reader;
    return PRYV_OK;
}

static enum pryv_rc files_read(struct pryv_file_reader *reader, uint64_t offset, char *out, size_t len, size_t *n,
                               struct pryv_err *err)
{
    ssize_t got;

    do
        got = pread(reader->fd, out, len, (off_t) offset);
    while (got == -1 && errno == EINTR);
    if (got == -1)
        return failed(err, "read", "an attachment");
    *n = (size_t) got;
    return PRYV_OK;
}

static void files_close(struct pryv_file_reader *reader)
{
    if (!reader)
        return;
    close(reader->fd);
    free(reader);
}

/* ---- Removing and listing --------------------------------------------------------------------- */

/* Nothing else of the user's may be there; folders that users share stay while one of them has something. */
static enum pryv_rc remove_all(const struct files_local *files, const char *path, struct pryv_err *err)
{
    if (pryv_tree_remove(path) == -1)
        return failed(err, "remove", path);
    pryv_folders_remove_empty(pryv_cstr(err->arena, pryv_str(path)), files->path);
    return PRYV_OK;
}

static enum pryv_rc files_remove(void *self, struct pryv_str user, struct pryv_str event, struct pryv_str file,
                                 struct pryv_err *err)
{
    struct pryv_str path;
    enum pryv_rc rc = event.data ? event_folder(self, user, event, &path, err) : user_folder(self, user, &path, err);

    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    if (!event.data)
        return remove_all(self, path.data, err);
    if (!file.data)
        return pryv_tree_remove(path.data) == 0 ? PRYV_OK : failed(err, "remove", path.data);
    if (!is_name(file))
        return PRYV_OK;

    const char *name = pryv_format(err->arena, "%s/%.*s", path.data, PRYV_STR_ARG(file)).data;

    if (unlink(name) == -1 && errno != ENOENT && errno != ENOTDIR)
        return failed(err, "remove", name);
    rmdir(path.data); /* goes with its last file */
    return PRYV_OK;
}

static enum pryv_rc files_usage(void *self, struct pryv_str user, uint64_t *bytes, struct pryv_err *err)
{
    struct pryv_str folder;
    uint64_t sum = 0;
    enum pryv_rc rc = user_folder(self, user, &folder, err);

    if (rc != PRYV_OK)
        return rc;
    if (pryv_tree_bytes(folder.data, &sum) == -1)
        return failed(err, "read", folder.data);
    *bytes = sum;
    return PRYV_OK;
}

struct listing {
    double before;
    enum pryv_rc (*fn)(void *context, struct pryv_str event_id, struct pryv_str file_id);
    void *context;
    const char *event; /* while inside one */
};

static int list_file(void *context, const char *folder, const char *name)
{
    struct listing *listing = context;
    struct stat status;
    char path[PATH_MAX];

    if ((size_t) snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path) || lstat(path, &status) == -1 ||
        (double) status.st_ctim.tv_sec >= listing->before)
        return 0;
    if (name[0] == '.') { /* never finished: nobody can name it */
        pryv_log_info(LOG_NAME, "removed %s, an upload that a crash cut short", path);
        unlink(path);
        return 0;
    }
    return listing->fn(listing->context, pryv_str(listing->event), pryv_str(name)) == PRYV_OK ? 0 : 1;
}

static int list_event(void *context, const char *folder, const char *name)
{
    struct listing *listing = context;
    char path[PATH_MAX];

    if ((size_t) snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
        return 0;
    listing->event = name;
    return pryv_folder_each(path, list_file, context) == 1 ? 1 : 0;
}

static enum pryv_rc files_each(void *self, struct pryv_str user, double before,
                               enum pryv_rc (*fn)(void *context, struct pryv_str event_id, struct pryv_str file_id),
                               void *context, struct pryv_err *err)
{
    struct pryv_str folder;
    struct listing listing = { .before = before, .fn = fn, .context = context };
    enum pryv_rc rc = user_folder(self, user, &folder, err);

    if (rc != PRYV_OK)
        return rc;
    return pryv_folder_each(folder.data, list_event, &listing) == -1 ? failed(err, "read", folder.data) : PRYV_OK;
}

/* ---- The plugin ------------------------------------------------------------------------------ */

static const struct pryv_files_ops ops = {
    .size = sizeof(ops),
    .engine = "local",
    .create = files_create,
    .write = files_write,
    .finish = files_finish,
    .abandon = files_abandon,
    .open = files_open,
    .read = files_read,
    .close = files_close,
    .remove = files_remove,
    .usage = files_usage,
    .each = files_each,
};

static void files_stop(void *self)
{
    struct files_local *files = self;

    if (files)
        free(files->path);
    free(files);
}

static enum pryv_rc files_init(const void *config_, void **self, struct pryv_err *err)
{
    const struct files_config *config = config_;
    struct files_local *files = calloc(1, sizeof(*files));

    if (!files)
        abort();
    *self = files;
    files->path = config->path.data ? strdup(config->path.data) : NULL;
    if (!files->path && asprintf(&files->path, "%s/users", pryv_data_dir().data) == -1)
        abort();
    return pryv_provide("files", PRYV_FILES_VERSION, &ops, files, err);
}

static const struct pryv_interface_ref provides[] = { { "files", PRYV_FILES_VERSION }, { NULL, 0 } };

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,
    .name = "files-local",
    .version = PRYVD_VERSION,
    .summary = "attachments as files in the users' folders",
    .provides = provides,
    .config = keys,
    .config_size = sizeof(struct files_config),
    .init = files_init,
    .stop = files_stop,
};
