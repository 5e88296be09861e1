/* user_image.h - the database of a new user as bytes: written at once, it costs one flush, where its tables made one by one cost many. */
#ifndef STORAGE_SQLITE_USER_IMAGE_H
#define STORAGE_SQLITE_USER_IMAGE_H

#include "connection.h"
#include <pthread.h>

struct user_image {
    pthread_mutex_t lock;
    unsigned char *bytes; /* made when the first user is */
    int64_t size;
};

void user_image_init(struct user_image *image);
void user_image_free(struct user_image *image);
/* Makes the file `path`, which must not be there, durable but for its entry in the folder. Any thread. */
enum pryv_rc user_image_write(struct user_image *image, const char *path, const struct connection_options *options,
                              struct pryv_err *err);

#endif
