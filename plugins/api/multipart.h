/* multipart.h - reads a multipart/form-data body (RFC 7578, RFC 2046) from a file, part by part, in constant memory.
 *
 * Threads  Executor; one call reads one body. Memory: what a sink is handed lives until it returns, a part's texts until its end.
 * Errors   PRYV_REFUSED 400 invalid-request-structure for a broken body; what a sink returns ends the reading.
 */
#ifndef API_MULTIPART_H
#define API_MULTIPART_H

#include <pryv/error.h>

struct multipart_part {
    struct pryv_str name;         /* of the form's field; may be absent */
    struct pryv_str file_name;    /* absent: not a file. UTF-8, reduced to what follows the last / or \ */
    struct pryv_str content_type; /* as sent, or absent */
};

struct multipart_sink {
    enum pryv_rc (*begin)(void *context, const struct multipart_part *part, struct pryv_err *err);
    enum pryv_rc (*data)(void *context, struct pryv_str bytes, struct pryv_err *err); /* any number of times */
    enum pryv_rc (*end)(void *context, struct pryv_err *err);
};

enum { MULTIPART_HEADER_MAX = 16 * 1024 };

/* The boundary of a content type, or absent when it is no multipart/form-data with a legal one. */
struct pryv_str multipart_boundary(struct pryv_arena *mem, struct pryv_str content_type);

/* `size` bytes of `fd` from its beginning (read with pread; its offset does not move). */
PRYV_CHECK enum pryv_rc multipart_read(int fd, uint64_t size, struct pryv_str boundary, size_t max_parts,
                                       const struct multipart_sink *sink, void *context, struct pryv_err *err);

#endif
