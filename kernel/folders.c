/* folders.c - pryv/folders.h. */
#include <pryv/folders.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAKE_TRIES = 100 };

/* ---- Making ---------------------------------------------------------------------------------- */

int pryv_folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1)
        return -1;

    int rc = fsync(fd);

    close(fd);
    return rc;
}

/* Calls `fn` with the folder above. */
static int with_above(char *path, int (*fn)(char *above))
{
    char *slash = strrchr(path, '/');

    if (!slash || slash == path)
        return 0;
    *slash = '\0';

    int rc = fn(path);

    *slash = '/';
    return rc;
}

static int sync_above(char *above)
{
    return pryv_folder_sync(above);
}

int pryv_folder_make(char *path)
{
    /* The one above may go between its making and the next step: it is empty until then. */
    for (int i = 0; i < MAKE_TRIES; i++) {
        if (mkdir(path, 0700) == 0) {
            if (with_above(path, sync_above) == 0)
                return 0;
            if (errno != ENOENT)
                return -1;
        } else if (errno == EEXIST) {
            return 0;
        } else if (errno != ENOENT || !*path || with_above(path, pryv_folder_make) == -1) {
            return -1;
        }
    }
    return -1;
}

/* ---- Reading --------------------------------------------------------------------------------- */

int pryv_folder_each(const char *folder, int (*fn)(void *context, const char *folder, const char *name), void *context)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    int rc = 0;

    if (!dir)
        return errno == ENOENT ? 0 : -1;
    while (rc == 0 && (entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            rc = fn(context, folder, entry->d_name);
    closedir(dir);
    return rc;
}

static int join(char out[PATH_MAX], const char *folder, const char *name)
{
    if (snprintf(out, PATH_MAX, "%s/%s", folder, name) < PATH_MAX)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

static int add_size(void *context, const char *folder, const char *name)
{
    uint64_t *bytes = context;
    struct stat status;
    char path[PATH_MAX];

    if (join(path, folder, name) == -1)
        return -1;
    if (lstat(path, &status) == -1)
        return 0;
    if (S_ISDIR(status.st_mode))
        return pryv_tree_bytes(path, bytes);
    *bytes += (uint64_t) status.st_size;
    return 0;
}

int pryv_tree_bytes(const char *folder, uint64_t *bytes)
{
    return pryv_folder_each(folder, add_size, bytes);
}

/* ---- Removing -------------------------------------------------------------------------------- */

static int remove_entry(void *context PRYV_UNUSED, const char *folder, const char *name)
{
    char path[PATH_MAX];

    return join(path, folder, name) == 0 ? pryv_tree_remove(path) : -1;
}

int pryv_tree_remove(const char *path)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    if (pryv_folder_each(path, remove_entry, NULL) == -1)
        return -1;
    return rmdir(path) == 0 || errno == ENOENT ? 0 : -1;
}

void pryv_folders_remove_empty(char *path, const char *root)
{
    while (strcmp(path, root) != 0 && (rmdir(path) == 0 || errno == ENOENT)) {
        char *slash = strrchr(path, '/');

        if (!slash || slash == path)
            return;
        *slash = '\0';
    }
}
