/* builder.h - points in ascending order of time become chunks.
 *
 * Memory   The builder keeps what it needs of a point, which may go after builder_add. Finished chunks are handed to `sink` at once and live until it
 *          returns. Threads: one.
 */
#ifndef HFS_BUILDER_H
#define HFS_BUILDER_H

#include <pryv/series.h>

typedef enum pryv_rc (*builder_sink)(void *context, const struct pryv_series_chunk *chunk, struct pryv_err *err);

struct builder;

/* `chunk_points`: of a full chunk. `rank`: of the chunks, as of pryv_series_pack_ranked. */
struct builder *builder_new(size_t chunk_points, uint64_t rank, builder_sink sink, void *context);
void builder_free(struct builder *builder); /* NULL is fine */
/* `count` rows of `points` from `first` on. */
PRYV_CHECK enum pryv_rc builder_add(struct builder *builder, const struct pryv_series_points *points, size_t first, size_t count,
                                    struct pryv_err *err);
/* What is left becomes the last chunk. */
PRYV_CHECK enum pryv_rc builder_end(struct builder *builder, struct pryv_err *err);

#endif
