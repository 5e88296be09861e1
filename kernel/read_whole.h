/* read_whole.h - a file, pipe or socket to its end, within time and size. */
#ifndef KERNEL_READ_WHOLE_H
#define KERNEL_READ_WHOLE_H

#include <pryv/error.h>

/* In the heap while it grows, so that an arena holds one copy only. Zeroed to begin with; `data` is the caller's to free, also after a failure. */
struct read_text {
    char *data;
    size_t len, room;
};

/* `deadline` is of monotonic_now. PRYV_BUSY: it is over; PRYV_FAILED: more than `max_bytes`, or it cannot be read. `name` is what reasons
 * call it. */
PRYV_CHECK enum pryv_rc read_whole(int fd, double deadline, size_t max_bytes, struct read_text *text, struct pryv_str name,
                                   struct pryv_err *err);

#endif
