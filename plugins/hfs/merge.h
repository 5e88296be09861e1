/* merge.h - the points of an event in order of time, out of chunks that may overlap: of several points at one moment that of the chunk with the
 * greatest rank counts.
 *
 * A chunk is unpacked when the time comes to its first point, and goes after its last: memory is that of the chunks that overlap at one moment, besides
 * some bytes for each chunk of the range, and the packed bytes of the first ones.
 * Threads   One, the session's.
 */
#ifndef HFS_MERGE_H
#define HFS_MERGE_H

#include <pryv/series.h>

struct chunk_ref {
    uint64_t id, rank;
    double from, to;
    uint32_t points;
    struct pryv_str bytes; /* absent: to be read again */
};

struct merge;

/* Points at `from` <= time < `to` nanoseconds. Closed by merge_close, before its session. */
PRYV_CHECK enum pryv_rc merge_open(const struct pryv_storage_ops *storage, struct pryv_session *session, struct pryv_str event_id,
                                   int64_t from, int64_t to, struct merge **out, struct pryv_err *err);

/* Some of the chunks that touch `from` to `to` seconds and of those that these overlap with, and so on: the first ones. */
struct window {
    double from, to; /* in: where to look; out: as far as their chunks reach */
    uint64_t
        points; /* in: with so many the window ends, if the storage can tell chunks in the order of time; UINT64_MAX: it has no end */
    size_t chunks; /* in: likewise */
    double edge;   /* out: chunks that are not in the window begin here or later; INFINITY: it has them all */
    bool is_cut;   /* out: chunks before `from` overlap with those of the window, and there are too many to be in it */
};

/* All points of these chunks. */
PRYV_CHECK enum pryv_rc merge_open_window(const struct pryv_storage_ops *storage, struct pryv_session *session,
                                          struct pryv_str event_id, struct window *window, struct merge **out,
                                          struct pryv_err *err);
void merge_close(struct merge *merge); /* NULL is fine */
/* The chunks, by the time of their first point. */
size_t merge_chunks(const struct merge *merge, const struct chunk_ref **out);
/* The bytes of one of them, within it or in `mem`. */
PRYV_CHECK enum pryv_rc merge_bytes(struct merge *merge, struct pryv_arena *mem, const struct chunk_ref *chunk,
                                    struct pryv_str *out, struct pryv_err *err);
/* From the beginning, with these of its chunks alone, by the time of their first point; they live as long as it is used. */
void merge_only(struct merge *merge, const struct chunk_ref *chunks, size_t count);
/* 1: `*count` rows of `*points` from `*first` on, valid until the following call; 0: the end; negative: a pryv_rc. */
int merge_next_run(struct merge *merge, const struct pryv_series_points **points, size_t *first, size_t *count,
                   struct pryv_err *err);
/* The same row by row; not both on one merge. */
int merge_next(struct merge *merge, const struct pryv_series_points **points, size_t *index, struct pryv_err *err);
/* The id of the chunk of that row. */
uint64_t merge_chunk(const struct merge *merge);

#endif
