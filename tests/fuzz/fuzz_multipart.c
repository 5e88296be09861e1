// link: plugins/api
/* fuzz_multipart.c - any bytes as a multipart body: the first line is the boundary, the rest the body. What the sink gets must be in
 * the order begin, data, end, and never more bytes than came in. */
#include "../../plugins/api/multipart.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct seen {
    bool open;
    size_t bytes;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum pryv_rc begin(void *context, const struct multipart_part *part, struct pryv_err *err PRYV_UNUSED)
{
    struct seen *seen = context;

    if (seen->open || (part->file_name.data && memchr(part->file_name.data, '/', part->file_name.len)))
        abort();
    seen->open = true;
    return PRYV_OK;
}

static enum pryv_rc bytes(void *context, struct pryv_str data, struct pryv_err *err PRYV_UNUSED)
{
    struct seen *seen = context;

    if (!seen->open)
        abort();
    seen->bytes += data.len;
    return PRYV_OK;
}

static enum pryv_rc end(void *context, struct pryv_err *err PRYV_UNUSED)
{
    struct seen *seen = context;

    if (!seen->open)
        abort();
    seen->open = false;
    return PRYV_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int file = -1;
    static const struct multipart_sink sink = { begin, bytes, end };
    const uint8_t *line_end = size ? memchr(data, '\n', size) : NULL;

    if (!line_end)
        return 0;
    if (file < 0)
        file = memfd_create("body", MFD_CLOEXEC);

    struct pryv_arena *arena = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(arena);
    struct pryv_str type = pryv_format(arena, "multipart/form-data; boundary=%.*s", (int) (line_end - data), (const char *) data);
    struct pryv_str boundary = multipart_boundary(arena, type);
    struct seen seen = { .open = false };
    size_t len = size - (size_t) (line_end + 1 - data);

    if (ftruncate(file, 0) != 0 || pwrite(file, line_end + 1, len, 0) != (ssize_t) len)
        abort();
    if (boundary.data) {
        enum pryv_rc rc = multipart_read(file, len, boundary, 16, &sink, &seen, &err);

        if (seen.bytes > len || (rc == PRYV_OK && seen.open))
            abort();
    }
    pryv_arena_free(arena);
    return 0;
}
