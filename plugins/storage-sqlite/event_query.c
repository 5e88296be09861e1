/* event_query.c - how a query is read, so that the first rows come without reading and sorting all of them.
 *
 * The rows of a source (pryv/event_plan.h) are read from where the fewest others are expected: the running events, the lists of the streams or
 * types that are asked for (key_merge.h), a short list of what was modified, or all events of the interval. What that does not decide, event_filter.h
 * decides on each row. */
#include "cursor.h"
#include "engine.h"
#include "key_merge.h"
#include <pryv/event_filter.h>
#include <pryv/event_plan.h>
#include <pryv/json.h>

/* More streams than that are not merged: all events are read. More types in a class neither. */
enum { STREAMS_MERGED = 4096, TYPES_MERGED = 256 };
/* A list of modified events is sorted up to this length. */
enum { MODIFIED_SORTED = 2000 };
/* More streams than that are not read where all events of an interval are fewer, and from the one with the newest event on. */
enum { MANY_STREAMS = 32 };
/* Events of a few types are read before those of streams when they are no more than that. */
enum { RARE_TYPES = 8, RARE_EVENTS = 100 };

/* By direction: descending, ascending. */
struct query_statements {
    const char *by_time[2], *running[2], *one_stream[2], *streams[2], *types[2], *modified[2];
    const char *fetch, *longest, *any_running, *next_type, *modified_count, *nth_in_interval, *type_count;
    const char *newest; /* NULL: not known of these streams */
};

#define SCAN(events, which, order)                                                                               \
    "SELECT " EVENT_COLUMNS " FROM " events " AS e " which "WHERE " LIVE_EVENT " AND time >= ?1 AND time <= ?2 " \
    "AND (?3 IS NULL OR trashed = ?3) ORDER BY time " order ", id " order " LIMIT ?4 OFFSET ?5"
#define SCAN_RUNNING(events, order)                                                                                     \
    "SELECT " EVENT_COLUMNS " FROM " events " AS e INDEXED BY " events "_running WHERE " LIVE_EVENT " AND running = 1 " \
    "AND time >= ?1 AND time <= ?2 AND (?3 IS NULL OR trashed = ?3) ORDER BY time " order ", id " order " LIMIT ?4 OFFSET ?5"
#define SCAN_STREAM(events, event_streams, order)                                                            \
    "SELECT " EVENT_COLUMNS " FROM " event_streams " AS l CROSS JOIN " events " AS e ON e.number = l.event " \
    "WHERE l.time >= ?1 AND l.time <= ?2 AND (?3 IS NULL OR trashed = ?3) AND l.stream_id = ?6 "             \
    "ORDER BY l.time " order ", l.event_id " order " LIMIT ?4 OFFSET ?5"
#define STREAM_KEYS(event_streams, beyond, until, order)                                                                 \
    "SELECT time, event_id, event FROM " event_streams " WHERE stream_id = ?1 AND (time, event_id) " beyond " (?2, ?3) " \
    "AND time " until " ?4 ORDER BY time " order ", event_id " order " LIMIT ?5"
#define TYPE_KEYS(events, beyond, until, order)                                                                 \
    "SELECT time, id, number FROM " events " INDEXED BY " events "_by_type WHERE " LIVE_EVENT " AND type = ?1 " \
    "AND (time, id) " beyond " (?2, ?3) AND time " until " ?4 ORDER BY time " order ", id " order " LIMIT ?5"
/* The list's name is the time, as text. */
#define MODIFIED_KEYS(events, beyond, until, order)                                               \
    "SELECT time, id, number FROM " events " INDEXED BY " events "_by_modified WHERE " LIVE_EVENT \
    " AND modified > CAST(?1 AS REAL) AND (time, id) " beyond " (?2, ?3) AND time " until " ?4 "  \
    "ORDER BY time " order ", id " order " LIMIT ?5"

#define NEWEST "SELECT j.key, n.stream_id, n.time FROM json_each(?1) AS j CROSS JOIN stream_newest AS n ON n.stream_id = j.value"

#define QUERY_STATEMENTS(events, event_streams, newest_)                                                                       \
    {                                                                                                                          \
        .by_time = { SCAN(events, "INDEXED BY " events "_by_time ", "DESC"),                                                   \
                     SCAN(events, "INDEXED BY " events "_by_time ", "ASC") },                                                  \
        .running = { SCAN_RUNNING(events, "DESC"), SCAN_RUNNING(events, "ASC") },                                              \
        .one_stream = { SCAN_STREAM(events, event_streams, "DESC"), SCAN_STREAM(events, event_streams, "ASC") },               \
        .streams = { STREAM_KEYS(event_streams, "<", ">=", "DESC"), STREAM_KEYS(event_streams, ">", "<=", "ASC") },            \
        .types = { TYPE_KEYS(events, "<", ">=", "DESC"), TYPE_KEYS(events, ">", "<=", "ASC") },                                \
        .modified = { MODIFIED_KEYS(events, "<", ">=", "DESC"), MODIFIED_KEYS(events, ">", "<=", "ASC") },                     \
        .fetch = "SELECT " EVENT_COLUMNS " FROM " events " AS e WHERE number = ?1",                                            \
        .longest = "SELECT max(duration) FROM " events " INDEXED BY " events "_by_duration WHERE " LIVE_EVENT                  \
                   " AND duration IS NOT NULL",                                                                                \
        .any_running = "SELECT 1 FROM " events " INDEXED BY " events "_running WHERE " LIVE_EVENT " AND running = 1 LIMIT 1",  \
        .next_type = "SELECT type FROM " events " INDEXED BY " events "_by_type WHERE " LIVE_EVENT                             \
                     " AND type >= ?1 AND type < ?2 ORDER BY type LIMIT 1",                                                    \
        .modified_count = "SELECT count(*) FROM (SELECT 1 FROM " events " INDEXED BY " events "_by_modified WHERE " LIVE_EVENT \
                          " AND modified > ?1 LIMIT ?2)",                                                                      \
        .nth_in_interval = "SELECT 1 FROM " events " INDEXED BY " events "_by_time WHERE " LIVE_EVENT                          \
                           " AND time >= ?1 AND time <= ?2 LIMIT 1 OFFSET ?3",                                                 \
        .type_count = "SELECT count(*) FROM (SELECT 1 FROM " events " INDEXED BY " events "_by_type WHERE " LIVE_EVENT         \
                      " AND type = ?1 AND time >= ?2 AND time <= ?3 LIMIT ?4)",                                                \
        .newest = newest_,                                                                                                     \
    }

static const struct query_statements event_statements = QUERY_STATEMENTS("events", "event_streams", NEWEST);
static const struct query_statements audit_statements = QUERY_STATEMENTS("audit_events", "audit_streams", NULL);

struct plan {
    struct pryv_session *s;
    const struct query_statements *sql;
    const struct pryv_event_query *query;
    struct pryv_cursor *cursor;
    bool exact; /* the statements need not look at anything but state, times and streams */
};

/* ---- Small questions ------------------------------------------------------------------------- */

/* The first column of the first row; absent when there is none. */
static enum pryv_rc ask_number(struct plan *plan, const char *sql, const double *given, int count, double *out,
                               struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(plan->s, sql, err);

    for (int i = 0; statement && i < count; i++)
        bind_number(statement, i + 1, given[i]);

    int more = session_step(plan->s, statement, err);

    if (more >= 0)
        *out = more > 0 ? column_number(statement, 0) : PRYV_ABSENT;
    session_done(plan->s, statement);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

static enum pryv_rc ask_periods(struct plan *plan, struct pryv_event_periods *periods, struct pryv_err *err)
{
    double running = PRYV_ABSENT;
    enum pryv_rc rc = ask_number(plan, plan->sql->longest, NULL, 0, &periods->longest, err);

    if (rc == PRYV_OK)
        rc = ask_number(plan, plan->sql->any_running, NULL, 0, &running, err);
    periods->running = pryv_present(running);
    return rc;
}

/* True when so few events were modified since that they are all read and sorted. */
static enum pryv_rc few_modified(struct plan *plan, bool *few, struct pryv_err *err)
{
    const double given[] = { plan->query->modified_since, MODIFIED_SORTED + 1 };
    double count = PRYV_ABSENT;
    enum pryv_rc rc = PRYV_OK;

    *few = false;
    if (pryv_present(plan->query->modified_since))
        rc = ask_number(plan, plan->sql->modified_count, given, PRYV_COUNT(given), &count, err);
    if (rc == PRYV_OK && pryv_present(count))
        *few = count <= MODIFIED_SORTED;
    return rc;
}

/* True when all events of an interval are no more than the streams that are asked for: to look into each of those would cost more. */
static enum pryv_rc few_in_interval(struct plan *plan, const struct pryv_event_source *source, size_t streams, bool *few,
                                    struct pryv_err *err)
{
    const double given[] = { source->lower, source->upper, (double) streams };
    double more = 1;
    enum pryv_rc rc = PRYV_OK;

    if (streams > MANY_STREAMS && !isinf(source->lower))
        rc = ask_number(plan, plan->sql->nth_in_interval, given, PRYV_COUNT(given), &more, err);
    *few = !pryv_present(more);
    return rc;
}

static void add_name(struct pryv_rows *names, struct pryv_str name)
{
    *(struct pryv_str *) pryv_rows_add(names) = name;
}

/* A text and one byte more: with 0 the one that follows it, with 255 (in no UTF-8) the one after all that begin with it. */
static struct pryv_str and_byte(struct pryv_arena *mem, struct pryv_str text, char byte)
{
    char *longer = pryv_alloc(mem, text.len + 1);

    memcpy(longer, text.data, text.len);
    longer[text.len] = byte;
    return pryv_str_n(longer, text.len + 1);
}

/* The types of a class that occur. */
static enum pryv_rc add_class(struct plan *plan, struct pryv_str prefix, struct pryv_rows *types, struct pryv_err *err)
{
    struct pryv_str end = and_byte(plan->cursor->mem, prefix, '\xff'), begin = prefix, type;

    while (types->count <= TYPES_MERGED) {
        sqlite3_stmt *statement = session_read(plan->s, plan->sql->next_type, err);

        if (statement) {
            bind_text(statement, 1, begin);
            bind_text(statement, 2, end);
        }

        int more = session_step(plan->s, statement, err);

        if (more > 0)
            add_name(types, type = column_copy(plan->cursor->mem, statement, 0));
        session_done(plan->s, statement);
        if (more <= 0)
            return (enum pryv_rc) more;
        begin = and_byte(plan->cursor->mem, type, '\0');
    }
    return PRYV_OK;
}

static struct pryv_str json_list(struct pryv_arena *mem, const struct pryv_rows *names)
{
    struct pryv_json *js = pryv_json_new(mem);

    pryv_json_array(js);
    for (size_t i = 0; i < names->count; i++)
        pryv_json_str(js, ((const struct pryv_str *) names->items)[i]);
    pryv_json_array_end(js);
    return pryv_json_text(js);
}

/* What stream_newest.h tells of each stream; `*out` is NULL when that is not worth its while. */
static enum pryv_rc ask_newest(struct plan *plan, const struct pryv_event_source *source, const struct pryv_rows *names,
                               double **out, struct pryv_err *err)
{
    const struct pryv_str *ids = names->items;
    bool from_the_oldest = plan->query->ascending && isinf(source->lower);
    int more;

    *out = NULL;
    if (!plan->sql->newest || from_the_oldest || names->count <= MANY_STREAMS)
        return PRYV_OK;
    *out = pryv_new_array(names->mem, double, names->count);
    for (size_t i = 0; i < names->count; i++)
        (*out)[i] = (double) INFINITY;

    sqlite3_stmt *statement = session_read(plan->s, plan->sql->newest, err);

    if (statement)
        bind_text(statement, 1, json_list(names->mem, names));
    while ((more = session_step(plan->s, statement, err)) > 0) {
        sqlite3_int64 at = sqlite3_column_int64(statement, 0);

        if (pryv_str_is(ids[at], column_text(statement, 1))) /* SQLite ends a text of JSON at U+0000 */
            (*out)[at] = sqlite3_column_double(statement, 2);
    }
    session_done(plan->s, statement);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

/* Those that are asked for, of a class those that occur: up to one more than are merged. */
static enum pryv_rc add_types(struct plan *plan, struct pryv_rows *types, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < plan->query->type_count && types->count <= TYPES_MERGED; i++)
        if (plan->query->types[i].whole_class)
            rc = add_class(plan, plan->query->types[i].text, types, err);
        else
            add_name(types, pryv_str_copy(types->mem, plan->query->types[i].text));
    return rc;
}

/* How many events of an interval are of a type, counted up to one more than `most`. */
static enum pryv_rc count_type(struct plan *plan, struct pryv_str type, const struct pryv_event_source *source, int64_t most,
                               int64_t *count, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(plan->s, plan->sql->type_count, err);

    if (statement) {
        bind_text(statement, 1, type);
        bind_number(statement, 2, source->lower);
        bind_number(statement, 3, source->upper);
        sqlite3_bind_int64(statement, 4, most + 1);
    }

    int more = session_step(plan->s, statement, err);

    if (more > 0)
        *count = sqlite3_column_int64(statement, 0);
    session_done(plan->s, statement);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

/* True, with the types that are asked for, when few events of the interval are of them: among those of streams there may be none for long. */
static enum pryv_rc rare_types(struct plan *plan, const struct pryv_event_source *source, struct pryv_rows *types, bool *rare,
                               struct pryv_err *err)
{
    const struct pryv_event_query *query = plan->query;
    int64_t left = RARE_EVENTS, count = 0;

    *rare = false;
    if (query->type_count == 0 || query->type_count > RARE_TYPES)
        return PRYV_OK;
    for (size_t i = 0; i < query->type_count; i++) {
        enum pryv_rc rc = PRYV_OK;

        if (query->types[i].whole_class || (rc = count_type(plan, query->types[i].text, source, left, &count, err)) != PRYV_OK)
            return rc;
        if ((left -= count) < 0)
            return PRYV_OK;
        add_name(types, pryv_str_copy(types->mem, query->types[i].text));
    }
    *rare = true;
    return PRYV_OK;
}

/* ---- Sources --------------------------------------------------------------------------------- */

static int direction(const struct plan *plan)
{
    return plan->query->ascending ? 1 : 0;
}

static void add_filter(struct plan *plan)
{
    if (!plan->cursor->filter)
        plan->cursor->filter = pryv_event_filter_new(plan->cursor->mem, plan->query);
}

/* A scan; when it decides everything, SQLite skips rows without reading them. */
static enum pryv_rc add_scan(struct plan *plan, const char *sql, const struct pryv_event_source *source, struct pryv_str stream,
                             bool decides, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(plan->s, sql, err);
    struct pryv_cursor *cursor = plan->cursor;

    if (statement) {
        sqlite3_bind_double(statement, 1, source->lower);
        sqlite3_bind_double(statement, 2, source->upper);
        if (plan->query->state != PRYV_STATE_ALL)
            sqlite3_bind_int(statement, 3, plan->query->state == PRYV_STATE_TRASHED);
        bind_count(statement, 4, decides ? cursor->limit : UINT64_MAX);
        sqlite3_bind_int64(statement, 5, decides ? (sqlite3_int64) (cursor->skip > INT64_MAX ? INT64_MAX : cursor->skip) : 0);
        if (stream.data)
            bind_text(statement, 6, stream);
    }
    if (decides)
        cursor->skip = 0;
    else
        add_filter(plan);
    return cursor_add(cursor, statement, NULL, err);
}

static enum pryv_rc add_merge(struct plan *plan, const char *sql, const struct pryv_event_source *source,
                              const struct pryv_rows *names, const double *newest, struct pryv_err *err)
{
    sqlite3_stmt *fetch = session_read(plan->s, plan->sql->fetch, err);
    const struct pryv_cursor *cursor = plan->cursor;
    uint64_t wanted = cursor->limit > UINT64_MAX - cursor->skip ? UINT64_MAX : cursor->skip + cursor->limit;
    struct key_merge *merge = key_merge_new(plan->s, sql, names->items, newest, names->count, plan->query->ascending,
                                            source->lower, source->upper, wanted);

    add_filter(plan);
    return cursor_add(plan->cursor, fetch, merge, err);
}

static enum pryv_rc add_modified(struct plan *plan, const struct pryv_event_source *source, struct pryv_err *err)
{
    struct pryv_rows names = PRYV_ROWS(plan->cursor->mem, struct pryv_str);

    add_name(&names, pryv_format(names.mem, "%.17g", plan->query->modified_since));
    return add_merge(plan, plan->sql->modified[direction(plan)], source, &names, NULL, err);
}

static enum pryv_rc add_streams(struct plan *plan, const struct pryv_event_source *source, const struct pryv_rows *names,
                                bool one_list, struct pryv_err *err)
{
    double *newest;
    bool few;
    enum pryv_rc rc;

    if (names->count == 1)
        return add_scan(plan, plan->sql->one_stream[direction(plan)], source, *(struct pryv_str *) names->items,
                        plan->exact && one_list, err);
    if ((rc = few_in_interval(plan, source, names->count, &few, err)) != PRYV_OK)
        return rc;
    if (few)
        return add_scan(plan, plan->sql->by_time[direction(plan)], source, PRYV_STR_NONE, false, err);
    if ((rc = ask_newest(plan, source, names, &newest, err)) != PRYV_OK)
        return rc;
    return add_merge(plan, plan->sql->streams[direction(plan)], source, names, newest, err);
}

static enum pryv_rc add_source(struct plan *plan, const struct pryv_event_source *source, struct pryv_err *err)
{
    const struct pryv_event_query *query = plan->query;
    struct pryv_rows names = PRYV_ROWS(plan->cursor->mem, struct pryv_str);
    struct pryv_rows types = PRYV_ROWS(plan->cursor->mem, struct pryv_str);
    bool few, rare, decides = plan->exact && query->any_stream, one_list;
    enum pryv_rc rc;

    if (source->running)
        return add_scan(plan, plan->sql->running[direction(plan)], source, PRYV_STR_NONE, decides, err);
    if ((rc = few_modified(plan, &few, err)) != PRYV_OK)
        return rc;
    if (few)
        return add_modified(plan, source, err);
    if ((rc = rare_types(plan, source, &types, &rare, err)) != PRYV_OK)
        return rc;
    if (rare)
        return add_merge(plan, plan->sql->types[direction(plan)], source, &types, NULL, err);
    if (pryv_event_streams(query, STREAMS_MERGED, &names, &one_list))
        return add_streams(plan, source, &names, one_list, err);
    if (query->type_count) {
        if ((rc = add_types(plan, &names, err)) != PRYV_OK)
            return rc;
        if (names.count <= TYPES_MERGED)
            return add_merge(plan, plan->sql->types[direction(plan)], source, &names, NULL, err);
    }
    return add_scan(plan, plan->sql->by_time[direction(plan)], source, PRYV_STR_NONE, decides, err);
}

static enum pryv_rc add_sources(struct plan *plan, struct pryv_err *err)
{
    const struct pryv_event_query *query = plan->query;
    struct pryv_event_periods periods = { .longest = PRYV_ABSENT };
    struct pryv_event_sources sources;
    enum pryv_rc rc = PRYV_OK;

    if (pryv_event_query_needs_periods(query))
        rc = ask_periods(plan, &periods, err);
    sources = pryv_event_sources(query, &periods);
    plan->exact = sources.exact && query->type_count == 0 && !pryv_present(query->modified_since);
    for (size_t i = 0; rc == PRYV_OK && i < sources.count; i++)
        rc = add_source(plan, &sources.list[i], err);
    return rc;
}

static enum pryv_rc run_query(struct pryv_session *s, const struct query_statements *sql, const struct pryv_event_query *query,
                              struct pryv_cursor **out, struct pryv_err *err)
{
    if (!s->connection)
        return pryv_fail(err, PRYV_FAILED, "the session is over");

    struct pryv_cursor *cursor = cursor_new(s, query->skip, query->limit);
    struct plan plan = { .s = s, .sql = sql, .query = query, .cursor = cursor };
    enum pryv_rc rc = add_sources(&plan, err);

    if (rc != PRYV_OK) {
        sqlite_cursor_close(cursor);
        return rc;
    }
    *out = cursor;
    return PRYV_OK;
}

/* ---- The interface's ------------------------------------------------------------------------- */

static enum pryv_rc events_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                 struct pryv_err *err)
{
    return run_query(s, &event_statements, query, out, err);
}

static enum pryv_rc audit_query(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
                                struct pryv_err *err)
{
    return run_query(s, &audit_statements, query, out, err);
}

static enum pryv_rc events_in_streams(struct pryv_session *s, const struct pryv_str *ids, size_t count, struct pryv_cursor **out,
                                      struct pryv_err *err)
{
    return run_query(s, &event_statements, pryv_event_query_in_streams(err->arena, ids, count), out, err);
}

void event_query_offer(struct pryv_storage_ops *ops)
{
    ops->events_query = events_query;
    ops->events_in_streams = events_in_streams;
    ops->audit_query = audit_query;
}
