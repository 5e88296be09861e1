/* series.c - chunks of points. */
#include "engine.h"
#include <pryv/rows.h>
#include <stdlib.h>

static enum pryv_rc series_append(struct pryv_session *s, struct pryv_str event_id, const struct pryv_series_chunk *chunk,
                                  struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(
        s, "INSERT INTO series_chunks (event_id, from_time, to_time, points, bytes) VALUES (?1, ?2, ?3, ?4, ?5)", err);

    if (statement) {
        bind_text(statement, 1, event_id);
        bind_number(statement, 2, chunk->from);
        bind_number(statement, 3, chunk->to);
        sqlite3_bind_int64(statement, 4, chunk->points);
        bind_bytes(statement, 5, chunk->bytes);
    }
    return session_run(s, statement, NULL, NULL, err);
}

/* A chunk that touches the range begins in it, or at most the longest chunk before it; and a second more, for what rounding takes off. */
static const char by_time[] =
    "SELECT id, from_time, to_time, points, bytes FROM series_chunks INDEXED BY series_chunks_time "
    "WHERE event_id = ?1 AND id > ?2 AND to_time >= ?3 AND from_time <= ?4 AND from_time >= ?3 - 1 - "
    "(SELECT to_time - from_time FROM series_chunks INDEXED BY series_chunks_length WHERE event_id = ?1 "
    "ORDER BY to_time - from_time DESC LIMIT 1) ORDER BY from_time LIMIT ?5";
static const char by_id[] = "SELECT id, from_time, to_time, points, bytes FROM series_chunks INDEXED BY series_chunks_event "
                            "WHERE event_id = ?1 AND id > ?2 AND to_time >= ?3 AND from_time <= ?4 ORDER BY id LIMIT ?5";

/* In the order of their times, from any of them on. */
static const char onward[] =
    "SELECT id, from_time, to_time, points, bytes FROM series_chunks INDEXED BY series_chunks_time "
    "WHERE event_id = ?1 AND to_time >= ?3 AND from_time <= ?4 AND from_time >= max(?6, ?3 - 1 - "
    "(SELECT to_time - from_time FROM series_chunks INDEXED BY series_chunks_length WHERE event_id = ?1 "
    "ORDER BY to_time - from_time DESC LIMIT 1)) AND (from_time > ?6 OR id > ?2) ORDER BY from_time, id LIMIT ?5";

static sqlite3_stmt *ask(struct pryv_session *s, const char *sql, struct pryv_str event_id, double from, double to,
                         uint64_t after, size_t limit, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(s, sql, err);

    if (statement) {
        bind_text(statement, 1, event_id);
        sqlite3_bind_int64(statement, 2, after > INT64_MAX ? INT64_MAX : (sqlite3_int64) after);
        bind_number(statement, 3, pryv_present(from) ? from : (double) -INFINITY);
        bind_number(statement, 4, pryv_present(to) ? to : (double) INFINITY);
        bind_count(statement, 5, limit);
    }
    return statement;
}

static enum pryv_rc read_chunks(struct pryv_session *s, sqlite3_stmt *statement, struct pryv_rows *rows, struct pryv_err *err)
{
    int more;

    while ((more = session_step(s, statement, err)) > 0)
        *(struct pryv_series_chunk *) pryv_rows_add(rows) = (struct pryv_series_chunk){
            .id = (uint64_t) sqlite3_column_int64(statement, 0),
            .from = column_number(statement, 1),
            .to = column_number(statement, 2),
            .points = (uint32_t) sqlite3_column_int64(statement, 3),
            .bytes = column_copy(rows->mem, statement, 4),
        };
    session_done(s, statement);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

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
    enum pryv_rc rc = PRYV_OK;
    bool whole = false;

    if (!after && limit < SIZE_MAX) {
        rc = read_chunks(s, ask(s, by_time, event_id, from, to, after, limit + 1, err), &rows, err);
        whole = rows.count <= limit;
        qsort(rows.items, rows.count, sizeof(struct pryv_series_chunk), compare_ids);
    }
    if (rc == PRYV_OK && !whole) {
        rows.count = 0;
        rc = read_chunks(s, ask(s, by_id, event_id, from, to, after, limit, err), &rows, err);
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
    sqlite3_stmt *statement = ask(s, onward, event_id, from, to, after ? after->id : 0, limit, err);
    enum pryv_rc rc;

    if (statement)
        bind_number(statement, 6, after ? after->from : (double) -INFINITY);
    if ((rc = read_chunks(s, statement, &rows, err)) != PRYV_OK)
        return rc;
    *out = rows.items;
    *count = rows.count;
    return PRYV_OK;
}

static enum pryv_rc drop_one(struct pryv_session *s, struct pryv_str event_id, uint64_t id, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_write(s, "DELETE FROM series_chunks WHERE id = ?1 AND event_id = ?2", err);

    if (statement) {
        sqlite3_bind_int64(statement, 1, (sqlite3_int64) id);
        bind_text(statement, 2, event_id);
    }
    return session_run(s, statement, NULL, NULL, err);
}

static enum pryv_rc series_drop(struct pryv_session *s, struct pryv_str event_id, const uint64_t *ids, size_t count,
                                struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; ids && rc == PRYV_OK && i < count; i++)
        rc = drop_one(s, event_id, ids[i], err);
    if (ids)
        return rc;

    sqlite3_stmt *statement = session_write(s, "DELETE FROM series_chunks WHERE event_id = ?1", err);

    if (statement)
        bind_text(statement, 1, event_id);
    return session_run(s, statement, NULL, NULL, err);
}

void series_offer(struct pryv_storage_ops *ops)
{
    ops->series_append = series_append;
    ops->series_scan = series_scan;
    ops->series_drop = series_drop;
    ops->series_scan_by_time = series_scan_by_time;
}
