/* event_query.c - how a query is read, so that the first rows come without reading and sorting all of them.
 *
 * Rows are read in order of time from the source that is expected to hold the fewest others: the running events, the lists of the streams or
 * types that are asked for (key_merge.h), a short list of what was modified, or all events. What the source does not decide, event_filter.h
 * decides on each row.
 *
 * An event that began before `from` matches when it had not ended by then. So reading begins at `from` less the longest duration there is;
 * running events from before that, where they match, are a second source. */
#include "cursor.h"
#include "engine.h"
#include "key_merge.h"
#include <pryv/event_filter.h>
#include <pryv/rows.h>
#include <stdio.h>

/* More streams than that are not merged: all events are read. More types in a class neither. */
enum { STREAMS_MERGED = 4096, TYPES_MERGED = 256 };
/* A list of modified events is sorted up to this length. */
enum { MODIFIED_SORTED = 2000 };

/* By direction: descending, ascending. */
struct query_statements {
    const char *by_time[2], *running[2], *one_stream[2], *streams[2], *types[2], *modified[2];
    const char *fetch, *longest, *any_running, *next_type, *modified_count;
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

#define QUERY_STATEMENTS(events, event_streams)                                                                                \
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
    }

static const struct query_statements event_statements = QUERY_STATEMENTS("events", "event_streams");
static const struct query_statements audit_statements = QUERY_STATEMENTS("audit_events", "audit_streams");

struct plan {
    struct pryv_session *s;
    const struct query_statements *sql;
    const struct pryv_event_query *query;
    struct pryv_cursor *cursor;
    double lower, upper;    /* of the main source */
    bool exact;             /* every row of the main source between them matches the times asked for */
    bool running_before;    /* running events from before `lower` match too */
    struct pryv_rows names; /* streams or types to merge */
};

/* ---- Small questions ------------------------------------------------------------------------- */

/* The first column of the first row; absent when there is none. */
static enum pryv_rc ask_number(struct plan *plan, const char *sql, double first, double second, double *out, struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(plan->s, sql, err);

    if (statement) {
        bind_number(statement, 1, first);
        bind_number(statement, 2, second);
    }

    int more = session_step(plan->s, statement, err);

    if (more >= 0)
        *out = more > 0 ? column_number(statement, 0) : PRYV_ABSENT;
    session_done(plan->s, statement);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

/* No event of at most this duration that begins before ends, as a sum in doubles, at `from` or later: both roundings are made up for. */
static double from_less(double from, double duration)
{
    return nextafter(nextafter(from, (double) -INFINITY) - duration, (double) -INFINITY);
}

static enum pryv_rc plan_times(struct plan *plan, struct pryv_err *err)
{
    const struct pryv_event_query *query = plan->query;
    double longest = PRYV_ABSENT, running = PRYV_ABSENT;
    enum pryv_rc rc;

    plan->lower = (double) -INFINITY;
    plan->upper = pryv_present(query->to) ? query->to : (double) INFINITY;
    plan->exact = !query->running;
    if (!pryv_present(query->from) || query->running)
        return PRYV_OK;
    if ((rc = ask_number(plan, plan->sql->longest, PRYV_ABSENT, PRYV_ABSENT, &longest, err)) != PRYV_OK ||
        (rc = ask_number(plan, plan->sql->any_running, PRYV_ABSENT, PRYV_ABSENT, &running, err)) != PRYV_OK)
        return rc;
    plan->lower = query->from;
    if (pryv_present(longest) && longest > 0)
        plan->lower = from_less(query->from, longest);
    plan->exact = !pryv_present(longest) && !pryv_present(running);
    plan->running_before = query->with_running && pryv_present(running);
    return PRYV_OK;
}

static void add_name(struct plan *plan, struct pryv_str name)
{
    *(struct pryv_str *) pryv_rows_add(&plan->names) = pryv_str_copy(plan->cursor->mem, name);
}

/* Under the smallest list of each block every match is found. False when a block has none, or they are too many. */
static bool plan_streams(struct plan *plan)
{
    const struct pryv_event_query *query = plan->query;

    for (size_t i = 0; i < query->block_count; i++) {
        const struct pryv_stream_block *block = &query->blocks[i];
        const struct pryv_stream_condition *smallest = NULL;

        for (size_t k = 0; k < block->count; k++)
            if (!block->conditions[k].not_in && (!smallest || block->conditions[k].count < smallest->count))
                smallest = &block->conditions[k];
        if (!smallest || plan->names.count + smallest->count > STREAMS_MERGED)
            return false;
        for (size_t k = 0; k < smallest->count; k++)
            add_name(plan, smallest->ids[k]);
    }
    return true;
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
static enum pryv_rc plan_class(struct plan *plan, struct pryv_str prefix, struct pryv_err *err)
{
    struct pryv_str end = and_byte(plan->cursor->mem, prefix, '\xff'), begin = prefix, type;

    while (plan->names.count <= TYPES_MERGED) {
        sqlite3_stmt *statement = session_read(plan->s, plan->sql->next_type, err);

        if (statement) {
            bind_text(statement, 1, begin);
            bind_text(statement, 2, end);
        }

        int more = session_step(plan->s, statement, err);

        if (more > 0)
            type = column_copy(plan->cursor->mem, statement, 0);
        session_done(plan->s, statement);
        if (more <= 0)
            return (enum pryv_rc) more;
        add_name(plan, type);
        begin = and_byte(plan->cursor->mem, type, '\0');
    }
    return PRYV_OK;
}

static enum pryv_rc plan_types(struct plan *plan, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < plan->query->type_count && plan->names.count <= TYPES_MERGED; i++)
        if (plan->query->types[i].whole_class)
            rc = plan_class(plan, plan->query->types[i].text, err);
        else
            add_name(plan, plan->query->types[i].text);
    return rc;
}

/* ---- Sources --------------------------------------------------------------------------------- */

static int direction(const struct plan *plan)
{
    return plan->query->ascending ? 1 : 0;
}

/* A scan; when it decides everything, SQLite skips rows without reading them. */
static enum pryv_rc add_scan(struct plan *plan, const char *sql, double lower, double upper, struct pryv_str stream, bool decides,
                             struct pryv_err *err)
{
    sqlite3_stmt *statement = session_read(plan->s, sql, err);
    struct pryv_cursor *cursor = plan->cursor;

    if (statement) {
        sqlite3_bind_double(statement, 1, lower);
        sqlite3_bind_double(statement, 2, upper);
        if (plan->query->state != PRYV_STATE_ALL)
            sqlite3_bind_int(statement, 3, plan->query->state == PRYV_STATE_TRASHED);
        bind_count(statement, 4, UINT64_MAX);
        sqlite3_bind_int64(statement, 5, 0);
        if (decides) {
            bind_count(statement, 4, cursor->limit);
            sqlite3_bind_int64(statement, 5, cursor->skip > INT64_MAX ? INT64_MAX : (sqlite3_int64) cursor->skip);
            cursor->skip = 0;
        }
        if (stream.data)
            bind_text(statement, 6, stream);
    }
    return cursor_add(cursor, statement, NULL, err);
}

static enum pryv_rc add_merge(struct plan *plan, const char *sql, struct pryv_err *err)
{
    sqlite3_stmt *fetch = session_read(plan->s, plan->sql->fetch, err);
    const struct pryv_cursor *cursor = plan->cursor;
    uint64_t wanted = cursor->limit > UINT64_MAX - cursor->skip ? UINT64_MAX : cursor->skip + cursor->limit;
    struct key_merge *merge = key_merge_new(plan->s, sql, plan->names.items, plan->names.count, plan->query->ascending,
                                            plan->lower, plan->upper, wanted);

    return cursor_add(plan->cursor, fetch, merge, err);
}

static bool no_other_conditions(const struct plan *plan)
{
    return plan->query->type_count == 0 && !pryv_present(plan->query->modified_since) && plan->exact && !plan->running_before;
}

static enum pryv_rc add_streams(struct plan *plan, struct pryv_err *err)
{
    const struct pryv_event_query *query = plan->query;
    bool alone = query->block_count == 1 && query->blocks[0].count == 1 && no_other_conditions(plan);

    if (plan->names.count != 1)
        return add_merge(plan, plan->sql->streams[direction(plan)], err);
    if (!alone)
        plan->cursor->filter = pryv_event_filter_new(plan->cursor->mem, query);
    return add_scan(plan, plan->sql->one_stream[direction(plan)], plan->lower, plan->upper,
                    ((struct pryv_str *) plan->names.items)[0], alone, err);
}

/* True when so few events were modified since that they are all read and sorted. */
static enum pryv_rc few_modified(struct plan *plan, bool *few, struct pryv_err *err)
{
    double count = PRYV_ABSENT;
    enum pryv_rc rc = PRYV_OK;

    *few = false;
    if (pryv_present(plan->query->modified_since))
        rc = ask_number(plan, plan->sql->modified_count, plan->query->modified_since, MODIFIED_SORTED + 1, &count, err);
    if (rc == PRYV_OK && pryv_present(count))
        *few = count <= MODIFIED_SORTED;
    return rc;
}

static enum pryv_rc add_main(struct plan *plan, struct pryv_err *err)
{
    const struct pryv_event_query *query = plan->query;
    bool few = false, decides = query->any_stream && no_other_conditions(plan);
    enum pryv_rc rc;

    if (!decides)
        plan->cursor->filter = pryv_event_filter_new(plan->cursor->mem, query);
    if (query->running)
        return add_scan(plan, plan->sql->running[direction(plan)], plan->lower, plan->upper, PRYV_STR_NONE, false, err);
    if ((rc = few_modified(plan, &few, err)) != PRYV_OK)
        return rc;
    if (few) {
        char since[32];

        snprintf(since, sizeof(since), "%.17g", query->modified_since);
        add_name(plan, pryv_str(since));
        return add_merge(plan, plan->sql->modified[direction(plan)], err);
    }
    if (!query->any_stream && plan_streams(plan))
        return add_streams(plan, err);
    plan->names.count = 0;
    if (query->type_count) {
        if ((rc = plan_types(plan, err)) != PRYV_OK)
            return rc;
        if (plan->names.count <= TYPES_MERGED)
            return add_merge(plan, plan->sql->types[direction(plan)], err);
    }
    return add_scan(plan, plan->sql->by_time[direction(plan)], plan->lower, plan->upper, PRYV_STR_NONE, decides, err);
}

static enum pryv_rc add_running_before(struct plan *plan, struct pryv_err *err)
{
    double upper = nextafter(plan->lower, (double) -INFINITY);

    if (!plan->running_before)
        return PRYV_OK;
    if (upper > plan->upper)
        upper = plan->upper;
    return add_scan(plan, plan->sql->running[direction(plan)], (double) -INFINITY, upper, PRYV_STR_NONE, false, err);
}

static enum pryv_rc add_sources(struct plan *plan, struct pryv_err *err)
{
    enum pryv_rc rc = plan_times(plan, err);

    if (rc == PRYV_OK && plan->query->ascending)
        rc = add_running_before(plan, err);
    if (rc == PRYV_OK)
        rc = add_main(plan, err);
    if (rc == PRYV_OK && !plan->query->ascending)
        rc = add_running_before(plan, err);
    return rc;
}

static enum pryv_rc run_query(struct pryv_session *s, const struct query_statements *sql, const struct pryv_event_query *query,
                              struct pryv_cursor **out, struct pryv_err *err)
{
    struct pryv_cursor *cursor;
    enum pryv_rc rc = PRYV_OK;

    if (!s->connection)
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    cursor = cursor_new(s, query->skip, query->limit);

    struct plan plan = { .s = s, .sql = sql, .query = query, .cursor = cursor, .names = PRYV_ROWS(cursor->mem, struct pryv_str) };

    if (query->any_stream || query->block_count)
        rc = add_sources(&plan, err);
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
    const struct pryv_stream_condition condition = { .ids = ids, .count = count };
    const struct pryv_stream_block block = { &condition, 1 };
    const struct pryv_event_query query = { .state = PRYV_STATE_ALL,
                                            .from = PRYV_ABSENT,
                                            .to = PRYV_ABSENT,
                                            .modified_since = PRYV_ABSENT,
                                            .blocks = &block,
                                            .block_count = 1,
                                            .ascending = true,
                                            .limit = UINT64_MAX };

    return run_query(s, &event_statements, &query, out, err);
}

void event_query_offer(struct pryv_storage_ops *ops)
{
    ops->events_query = events_query;
    ops->events_in_streams = events_in_streams;
    ops->audit_query = audit_query;
}
