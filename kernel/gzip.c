/* gzip.c - answers compressed on the way out, at zlib's fastest level: bytes saved must not cost more than sending them. */
#include "http_internal.h"
#include <stdlib.h>
#include <zlib.h>

enum { GZIP_WINDOW = 15 + 16, GZIP_MEMORY = 8, PIECE = 16 * 1024 };

struct gzip {
    z_stream stream;
};

struct gzip *gzip_new(void)
{
    struct gzip *gzip = calloc(1, sizeof(*gzip));

    if (!gzip || deflateInit2(&gzip->stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    return gzip;
}

void gzip_write(struct gzip *gzip, struct pryv_str bytes, bool last, struct evbuffer *out)
{
    unsigned char piece[PIECE];
    z_stream *z = &gzip->stream;

    z->next_in = (z_const Bytef *) bytes.data;
    z->avail_in = (uInt) bytes.len;
    do {
        z->next_out = piece;
        z->avail_out = sizeof(piece);
        deflate(z, last ? Z_FINISH : Z_NO_FLUSH);
        evbuffer_add(out, piece, sizeof(piece) - z->avail_out);
    } while (z->avail_out == 0);
}

void gzip_free(struct gzip *gzip)
{
    if (!gzip)
        return;
    deflateEnd(&gzip->stream);
    free(gzip);
}
