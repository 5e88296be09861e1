/* pryv/files.h - where the bytes of attachments are (interface "files", version 1). The event keeps the metadata.
 *
 * Order of writing: the file first and durable, then the event that names it; the event that no longer names it first,
 * then the removal. So a crash leaves only files that nobody names, and a sweep takes them away.
 * Threads, memory, errors: as in pryv/storage.h. PRYV_BUSY: the place is full or cannot be reached (503).
 */
#ifndef PRYV_FILES_H
#define PRYV_FILES_H

#include <pryv/arena.h>
#include <pryv/error.h>

#define PRYV_FILES_VERSION 1

struct pryv_file_writer; /* the plugin's */
struct pryv_file_reader; /* the plugin's */

struct pryv_files_ops {
    size_t size;
    const char *engine; /* "local" */

    /* A file that grows by `write` and is there, whole and durable, when `finish` answers PRYV_OK. `abandon` (instead of finish, or after a failure)
     * leaves nothing behind. Both end the writer. */
    enum pryv_rc (*create)(void *self, struct pryv_str user_id, struct pryv_str event_id, struct pryv_str file_id,
                           struct pryv_file_writer **out, struct pryv_err *err);
    enum pryv_rc (*write)(struct pryv_file_writer *writer, struct pryv_str bytes, struct pryv_err *err);
    enum pryv_rc (*finish)(struct pryv_file_writer *writer, struct pryv_err *err);
    void (*abandon)(struct pryv_file_writer *writer); /* NULL is fine */

    /* open: NOT_FOUND. `*fd` is a descriptor of the file's own that the caller closes, when the plugin has one, else -1: then read. */
    enum pryv_rc (*open)(void *self, struct pryv_str user_id, struct pryv_str event_id, struct pryv_str file_id,
                         struct pryv_file_reader **out, uint64_t *size, int *fd, struct pryv_err *err);
    /* Up to `len` bytes from `offset`; *n is 0 at the end. */
    enum pryv_rc (*read)(struct pryv_file_reader *reader, uint64_t offset, char *out, size_t len, size_t *n,
                         struct pryv_err *err);
    void (*close)(struct pryv_file_reader *reader); /* NULL is fine */

    /* What is not there is no error. file_id absent: all of the event; event_id absent too: all of the user. */
    enum pryv_rc (*remove)(void *self, struct pryv_str user_id, struct pryv_str event_id, struct pryv_str file_id,
                           struct pryv_err *err);
    enum pryv_rc (*usage)(void *self, struct pryv_str user_id, uint64_t *bytes, struct pryv_err *err);
    /* Every file of a user that was finished before `before`; a refusal of `fn` ends it. For sweeps. */
    enum pryv_rc (*each)(void *self, struct pryv_str user_id, double before,
                         enum pryv_rc (*fn)(void *context, struct pryv_str event_id, struct pryv_str file_id), void *context,
                         struct pryv_err *err);
    /* 1.0 ends here. */
};

#endif
