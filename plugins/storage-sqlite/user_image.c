/* user_image.c - see user_image.h. */
#include "user_image.h"
#include "migrations.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Bytes 18 and 19 of the file format: 2 for a database with a write-ahead log (https://sqlite.org/fileformat2.html, 1.3.3). */
enum { WRITE_VERSION = 18, READ_VERSION = 19, WITH_LOG = 2 };

void user_image_init(struct user_image *image)
{
    if (pthread_mutex_init(&image->lock, NULL) != 0)
        abort();
}

void user_image_free(struct user_image *image)
{
    sqlite3_free(image->bytes);
    pthread_mutex_destroy(&image->lock);
}

static enum pryv_rc make_image(struct user_image *image, const struct connection_options *options, struct pryv_err *err)
{
    struct connection *connection;
    unsigned char *bytes = NULL;
    sqlite3_int64 size = 0;
    enum pryv_rc rc = connection_open(":memory:", false, options, &connection, err);

    if (rc != PRYV_OK)
        return rc;
    rc = schema_migrate(connection, &user_schema, err);
    if (rc == PRYV_OK && !(bytes = sqlite3_serialize(connection->handle, "main", &size, 0)))
        rc = pryv_fail(err, PRYV_FAILED, "the database of a new user cannot be made");
    if (rc == PRYV_OK) {
        bytes[WRITE_VERSION] = bytes[READ_VERSION] = WITH_LOG;
        image->bytes = bytes;
        image->size = size;
    }
    connection_free(connection);
    return rc;
}

static int write_all(int fd, const unsigned char *bytes, size_t size)
{
    while (size) {
        ssize_t n = write(fd, bytes, size);

        if (n == -1 && errno != EINTR)
            return -1;
        if (n > 0) {
            bytes += n;
            size -= (size_t) n;
        }
    }
    return fsync(fd);
}

enum pryv_rc user_image_write(struct user_image *image, const char *path, const struct connection_options *options,
                              struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    pthread_mutex_lock(&image->lock);
    if (!image->bytes)
        rc = make_image(image, options, err);
    pthread_mutex_unlock(&image->lock);
    if (rc != PRYV_OK)
        return rc;

    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int written = fd == -1 ? -1 : write_all(fd, image->bytes, (size_t) image->size);
    int reason = errno;

    if (fd != -1)
        close(fd);
    if (written == 0)
        return PRYV_OK;
    rc = reason == ENOSPC || reason == EDQUOT || reason == EMFILE || reason == ENFILE ? PRYV_BUSY : PRYV_FAILED;
    return pryv_fail(err, rc, "cannot write %s: %s", path, strerror(reason));
}
