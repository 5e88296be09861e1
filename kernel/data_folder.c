/* data_folder.c - see data_folder.h. A lock of the process itself, as fcntl gives it: the system takes it away with the process, workers
 * do not inherit it, and whoever asks is told who has it. */
#include "data_folder.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LOCK_FILE "pryvd.lock"

static int open_lock(const char *folder, int flags)
{
    char *path = NULL;
    int fd = -1;

    if (asprintf(&path, "%s/" LOCK_FILE, folder) != -1)
        fd = open(path, flags | O_CLOEXEC, 0600);
    free(path);
    return fd;
}

static pid_t holder(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

    return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid > 0 ? lock.l_pid : 0;
}

enum pryv_rc data_folder_claim(const char *folder, struct pryv_err *err)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    int fd = open_lock(folder, O_RDWR | O_CREAT);

    if (fd == -1)
        return pryv_fail(err, PRYV_FAILED, "%s/" LOCK_FILE " cannot be opened: %s", folder, strerror(errno));
    if (fcntl(fd, F_SETLK, &lock) == 0)
        return PRYV_OK; /* the descriptor stays open: closing it would give the lock back */

    if (errno == EACCES || errno == EAGAIN)
        pryv_conflict(err, "folder", "the data folder %s is served by another pryvd, process %ld", folder, (long) holder(fd));
    else
        pryv_fail(err, PRYV_FAILED, "%s/" LOCK_FILE " cannot be locked: %s", folder, strerror(errno));
    close(fd);
    return err->rc;
}

pid_t data_folder_server(const char *folder)
{
    int fd = open_lock(folder, O_RDWR);
    pid_t pid = fd == -1 ? 0 : holder(fd);

    if (fd != -1)
        close(fd);
    return pid;
}
