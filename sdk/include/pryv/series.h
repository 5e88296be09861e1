/* pryv/series.h - points of a series, and the chunks that storages keep of them (interface "series", version 1).
 *
 * A point is a moment, in whole nanoseconds since its event's time, and at most one value in each column. A chunk holds points in ascending
 * order of time, column by column, packed; docs/format-series.md tells its bytes. Storages keep chunks without looking inside
 * (series_append of pryv/storage.h). Where chunks of one event have the same moment, the one with the greater rank counts, whole: that is the chunk's
 * id, or what stands in the chunk when it was made of others. Who copies chunks, so that they get new ids, must append them in the order of their
 * ranks, those of one rank in the order of their ids, and each as pryv_series_unranked makes it.
 * Threads   Any.
 */
#ifndef PRYV_SERIES_H
#define PRYV_SERIES_H

#include <pryv/arena.h>
#include <pryv/error.h>
#include <pryv/storage.h>

#define PRYV_SERIES_VERSION 1

struct pryv_series_ops {
    size_t size;
    /* Whether points of series are served. Where not, or without a provider, the service information says so (features.noHF). */
    bool (*are_served)(void *self);
    /* 1.0 ends here. */
};

enum {
    PRYV_SERIES_MAX_POINTS = 65536,  /* of a chunk */
    PRYV_SERIES_MAX_COLUMNS = 1024,  /* of a chunk */
    PRYV_SERIES_MAX_CELLS = 1 << 22, /* points times columns: a small damaged chunk must not take much memory */
};

enum pryv_series_kind { PRYV_SERIES_NUMBER = 1, PRYV_SERIES_TEXT = 2, PRYV_SERIES_BOOL = 3 };

struct pryv_series_column {
    struct pryv_str name;
    enum pryv_series_kind kind;
    const bool *present;          /* one a point; NULL: every point has a value here */
    const double *numbers;        /* one a point, of NUMBER; where nothing is present: anything */
    const struct pryv_str *texts; /* of TEXT */
    const bool *bools;            /* of BOOL */
};

struct pryv_series_points {
    size_t count;
    const int64_t *times; /* nanoseconds, >= 0 */
    size_t column_count;
    const struct pryv_series_column *columns;
};

/* Packs points, whose times must ascend strictly, into a chunk: all but its id. Numbers come back bit by bit, NaN too. PRYV_FAILED: no points,
 * times out of order, or more than a chunk takes. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_series_pack(struct pryv_arena *mem, const struct pryv_series_points *points,
                                                     struct pryv_series_chunk *out, struct pryv_err *err);
/* With a rank of its own; 0: the chunk's id will be it. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_series_pack_ranked(struct pryv_arena *mem, const struct pryv_series_points *points,
                                                            uint64_t rank, struct pryv_series_chunk *out, struct pryv_err *err);
/* And back. Texts lie within `bytes`, all else in `mem`. PRYV_FAILED: the bytes are damaged, or of a later version. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_series_unpack(struct pryv_arena *mem, struct pryv_str bytes,
                                                       struct pryv_series_points *out, struct pryv_err *err);

/* The names of the columns in which some point has a value, without unpacking these. Names lie within `bytes`, the list and what it takes to find them (8 bytes
 * a point) in `mem`. Errors as above. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_series_names(struct pryv_arena *mem, struct pryv_str bytes, struct pryv_str **out,
                                                      size_t *count, struct pryv_err *err);

/* The rank of a chunk as series_scan gives it. Of damaged ones: anything. */
PRYV_EXPORT uint64_t pryv_series_rank(const struct pryv_series_chunk *chunk);
/* The bytes of a chunk as of one whose id is its rank; the same ones where there is no rank in them, or where they are damaged. */
PRYV_EXPORT struct pryv_str pryv_series_unranked(struct pryv_arena *mem, struct pryv_str bytes);

/* Seconds, correctly rounded: what was given with at most nine digits after the point is the same again. */
PRYV_EXPORT double pryv_series_seconds(int64_t nanoseconds);
/* The nearest nanosecond. False: no number, or beyond 2^63 - 1 nanoseconds either way. */
PRYV_EXPORT bool pryv_series_nanoseconds(double seconds, int64_t *out);

#endif
