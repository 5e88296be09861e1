/* series.c - chunks of points. */
#include "engine.h"
#include <pryv/rows.h>
#include <stdlib.h>

enum { CHUNKS_AT_ONCE = 32 /* in one pipeline, besides the beginning of a transaction */ };

static void put_chunk(struct call *call, const struct pryv_session *s, struct pryv_str event_id,
                      const struct pryv_series_chunk *chunk)
{
    *call = (struct call){ .sql = "INSERT INTO series_chunks (user_number, event_id, from_time, to_time, points, bytes) "
                                  "VALUES ($1, $2, $3, $4, $5, $6)" };
    call_integer(call, s->user);
    call_text(call, event_id);
    call_number(call, chunk->from);
    call_number(call, chunk->to);
    call_integer(call, chunk->points);
    call_text(call, chunk->bytes);
}

static enum pryv_rc series_append(struct pryv_session *s, struct pryv_str event_id, const struct pryv_series_chunk *chunk,
                                  struct pryv_err *err)
{
    struct call call;

    put_chunk(&call, s, event_id, chunk);
    return session_write(s, &call, 1, NULL, err);
}

static enum pryv_rc series_append_all(struct pryv_session *s, const struct pryv_str *event_ids,
                                      const struct pryv_series_chunk *chunks, size_t count, struct pryv_err *err)
{
    struct call calls[CHUNKS_AT_ONCE];
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < count;) {
        size_t taken = 0;

        for (; taken < CHUNKS_AT_ONCE && i < count; i++)
            put_chunk(&calls[taken++], s, event_ids[i], &chunks[i]);
        rc = session_write(s, calls, taken, NULL, err);
    }
    return rc;
}

/* A chunk that touches the range begins in it, or at most the longest chunk before it; and a second more, for what rounding takes off. */
static const char by_time[] =
    "SELECT id, from_time, to_time, points, bytes FROM series_chunks WHERE user_number = $1 AND event_id = $2 AND id > $3 "
    "AND to_time >= $4 AND from_time <= $5 AND from_time >= $4 - 1 - (SELECT to_time - from_time FROM series_chunks "
    "WHERE user_number = $1 AND event_id = $2 ORDER BY to_time - from_time DESC LIMIT 1) ORDER BY from_time LIMIT $6";
static const char by_id[] = "SELECT id, from_time, to_time, points, bytes FROM series_chunks WHERE user_number = $1 "
                            "AND event_id = $2 AND id > $3 AND to_time >= $4 AND from_time <= $5 ORDER BY id LIMIT $6";

static void put_scan(struct call *call, const char *sql, const struct pryv_session *s, struct pryv_str event_id, double from,
                     double to, uint64_t after, size_t limit)
{
    *call = (struct call){ .sql = sql };
    call_integer(call, s->user);
    call_text(call, event_id);
    call_count(call, after);
    call_number(call, pryv_present(from) ? from : (double) -INFINITY);
    call_number(call, pryv_present(to) ? to : (double) INFINITY);
    call_count(call, limit);
}

static enum pryv_rc read_chunks(struct pryv_session *s, struct call *call, struct pryv_rows *rows, struct pryv_err *err)
{
    PGresult *answer = NULL;
    enum pryv_rc rc = session_read(s, call, 1, &answer, err);

    if (rc != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        *(struct pryv_series_chunk *) pryv_rows_add(rows) = (struct pryv_series_chunk){
            .id = (uint64_t) answer_integer(answer, i, 0),
            .from = answer_number(answer, i, 1),
            .to = answer_number(answer, i, 2),
            .points = (uint32_t) answer_integer(answer, i, 3),
            .bytes = answer_copy(rows->mem, answer, i, 4),
        };
    PQclear(answer);
    return PRYV_OK;
}

/* In the order of their times, from any of them on. */
static const char onward[] =
    "SELECT id, from_time, to_time, points, bytes FROM series_chunks WHERE user_number = $1 AND event_id = $2 "
    "AND to_time >= $4 AND from_time <= $5 AND from_time >= greatest($7, $4 - 1 - (SELECT to_time - from_time FROM series_chunks "
    "WHERE user_number = $1 AND event_id = $2 ORDER BY to_time - from_time DESC LIMIT 1)) AND (from_time > $7 OR id > $3) "
    "ORDER BY from_time, id LIMIT $6";

static int compare_ids(const void *a_, const void *b_)
{
    const struct pryv_series_chunk *a = a_, *b = b_;

    return (a->id > b->id) - (a->id < b->id);
}

/* The few chunks of a short range are found by time, whatever there is besides; where there are more than asked for, the first of them by id. */
static enum pryv_rc series_scan(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from, double to,
                                uint64_t after, size_t limit, struct pryv_series_chunk **out, size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_series_chunk);
    struct call call;
    enum pryv_rc rc = PRYV_OK;
    bool whole = false;

    if (!after && limit < SIZE_MAX) {
        put_scan(&call, by_time, s, event_id, from, to, after, limit + 1);
        rc = read_chunks(s, &call, &rows, err);
        whole = rows.count <= limit;
        qsort(rows.items, rows.count, sizeof(struct pryv_series_chunk), compare_ids);
    }
    if (rc == PRYV_OK && !whole) {
        rows.count = 0;
        put_scan(&call, by_id, s, event_id, from, to, after, limit);
        rc = read_chunks(s, &call, &rows, err);
    }
    if (rc != PRYV_OK)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc series_scan_by_time(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str event_id, double from,
                                        double to, const struct pryv_series_chunk *after, size_t limit,
                                        struct pryv_series_chunk **out, size_t *count, struct pryv_err *err)
{
    struct pryv_rows rows = PRYV_ROWS(mem, struct pryv_series_chunk);
    struct call call;
    enum pryv_rc rc;

    put_scan(&call, onward, s, event_id, from, to, after ? after->id : 0, limit);
    call_number(&call, after ? after->from : (double) -INFINITY);
    if ((rc = read_chunks(s, &call, &rows, err)) != PRYV_OK)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc series_drop(struct pryv_session *s, struct pryv_str event_id, const uint64_t *ids, size_t count,
                                struct pryv_err *err)
{
    struct call call = {
        .sql = ids ? "DELETE FROM series_chunks WHERE user_number = $1 AND event_id = $2 AND id = ANY ($3::bigint[])"
                   : "DELETE FROM series_chunks WHERE user_number = $1 AND event_id = $2"
    };

    call_integer(&call, s->user);
    call_text(&call, event_id);
    if (ids)
        call_integers(&call, err->arena, ids, count);
    return session_write(s, &call, 1, NULL, err);
}

void series_offer(struct pryv_storage_ops *ops)
{
    ops->series_append = series_append;
    ops->series_scan = series_scan;
    ops->series_drop = series_drop;
    ops->series_append_all = series_append_all;
    ops->series_scan_by_time = series_scan_by_time;
}
