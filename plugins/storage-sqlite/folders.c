/* folders.c - see folders.h. */
#include "folders.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1)
        return -1;

    int rc = fsync(fd);

    close(fd);
    return rc;
}

int folder_make(char *path)
{
    if (mkdir(path, 0700) == -1) {
        if (errno == EEXIST)
            return 0;
        if (errno != ENOENT)
            return -1;

        char *above = strrchr(path, '/');

        if (!above || above == path)
            return -1;
        *above = '\0';

        int rc = folder_make(path);

        *above = '/';
        if (rc == -1 || (mkdir(path, 0700) == -1 && errno != EEXIST))
            return -1;
    }

    char *slash = strrchr(path, '/');

    if (!slash || slash == path)
        return 0;
    *slash = '\0';

    int rc = folder_sync(path);

    *slash = '/';
    return rc;
}

static bool entry_path(char out[PATH_MAX], const char *folder, const char *name)
{
    return strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && snprintf(out, PATH_MAX, "%s/%s", folder, name) < PATH_MAX;
}

int tree_remove(const char *path)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;

    DIR *dir = opendir(path);
    struct dirent *entry;
    char inner[PATH_MAX];
    int rc = 0;

    if (!dir)
        return errno == ENOENT ? 0 : -1;
    while (rc == 0 && (entry = readdir(dir)))
        if (entry_path(inner, path, entry->d_name))
            rc = tree_remove(inner);
    closedir(dir);
    return rc == 0 && (rmdir(path) == 0 || errno == ENOENT) ? 0 : -1;
}

void folders_remove_empty(char *path, const char *root)
{
    while (strcmp(path, root) != 0 && rmdir(path) == 0) {
        char *slash = strrchr(path, '/');

        if (!slash || slash == path)
            return;
        *slash = '\0';
    }
}

uint64_t folder_bytes(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;
    struct stat status;
    char inner[PATH_MAX];
    uint64_t bytes = 0;

    if (!dir)
        return 0;
    while ((entry = readdir(dir)))
        if (entry_path(inner, path, entry->d_name) && lstat(inner, &status) == 0 && S_ISREG(status.st_mode))
            bytes += (uint64_t) status.st_size;
    closedir(dir);
    return bytes;
}
