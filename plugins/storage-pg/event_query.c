/* event_query.c - how a query is read, so that the first rows come without reading and sorting all of them.
 *
 * Rows are read from where the fewest others are expected: the running events, the lists of the streams or types that are asked for, a short list of
 * what was modified, or all events. Conditions that are cheap for the server to look at it looks at; the filter of the SDK decides on each row what
 * is left.
 *
 * An event that began before `from` matches when it had not ended by then. So reading begins at `from` less the longest duration there is, which the
 * statement looks up itself, but a day at most: events that last longer have an index of their own, as running ones have, and those of both from before
 * that are merged with the others. So one of years costs those of a day no reading. */
#include "cursor.h"
#include "engine.h"
#include <math.h>
#include <pryv/event_plan.h>

/* More streams than that are not merged: all events are read. More types in classes neither. */
enum { STREAMS_MERGED = 4096 };
#define TYPES_MERGED "256"
/* A list of modified events is sorted up to this length. */
#define MODIFIED_SORTED "2000"
/* Seconds, and as many to come. */
#define LONG_AGO 1e15

/* $1 the user, ($2, $3) the position, $4 the end, $5 trashed, $6 what an event of the times asked for ends after, $7 running ones are of these times,
 * $8 modified since, $9 types, $10 classes. */
#define STATE "AND ($5::bool IS NULL OR e.trashed = $5) "
/* Less than the filter asks for by a rounding at most. The sum of time and duration is the filter's to build: it may be beyond what float8 holds. */
#define ENDS_AFTER "CASE WHEN e.running THEN $7 ELSE e.time > $6 OR e.duration >= $6 - e.time END"
#define CONDITIONS                                   \
    STATE                                            \
    "AND ($6::float8 IS NULL OR " ENDS_AFTER ") "    \
    "AND ($8::float8 IS NULL OR e.modified > $8) "   \
    "AND ($9::bytea[] IS NULL OR e.type = ANY ($9) " \
    "OR EXISTS (SELECT 1 FROM unnest($10::bytea[]) AS c WHERE substring(e.type FROM 1 FOR length(c)) = c)) "
#define LIVE "e.deleted IS NULL AND e.head_id IS NULL "

/* None that begins before `earliest` ends after $6, for none lasts longer than the longest; and before `usual` none but running ones, and those that the
 * index of long ones has. NULL where $6 is. */
#define PERIODS(events)                                                                                                       \
    "p AS MATERIALIZED (SELECT $6::float8 - l.longest AS earliest, $6::float8 - LEAST(l.longest, " LONG_SECONDS ") AS usual " \
    "FROM (SELECT GREATEST((SELECT d.duration FROM " events " AS d WHERE d.user_number = $1 AND d.deleted IS NULL "           \
    "AND d.head_id IS NULL AND d.duration IS NOT NULL ORDER BY d.duration DESC LIMIT 1), 0) AS longest OFFSET 0) AS l)"
#define EARLIEST "(SELECT p.earliest FROM p)"
#define USUAL    "(SELECT p.usual FROM p)"

/* A direction: beyond the position, until the end, in this order. Of all events, or from the usual start. */
#define DOWN_ALL  "<", "$2", "$3", ">=", "$4", "DESC"
#define UP_ALL    ">", "$2", "$3", "<=", "$4", "ASC"
#define DOWN_FROM "<", "$2", "$3", ">=", "GREATEST($4, " USUAL ")", "DESC"
#define UP_FROM   ">", "GREATEST($2, " USUAL ")", "CASE WHEN $2 < " USUAL " THEN ''::bytea ELSE $3 END", "<=", "$4", "ASC"
#define BETWEEN(time, id, beyond, position, position_id, until, end) \
    "AND (" time ", " id ") " beyond " (" position ", " position_id ") AND " time " " until " " end " "
#define IN_ORDER(time, id, order) "ORDER BY " time " " order ", " id " " order
/* A macro that takes a direction, after its other arguments. */
#define WITH(macro, ...) macro(__VA_ARGS__)

/* What is asked most has no condition but the state. PostgreSQL makes the others ready for each execution, whether they are asked for or not. */
#define SCAN(events, which, conditions, beyond, position, position_id, until, end, order)                                 \
    "SELECT " LIVE_COLUMNS " FROM " events                                                                                \
    " AS e WHERE e.user_number = $1 AND " LIVE which BETWEEN("e.time", "e.id", beyond, position, position_id, until, end) \
    conditions IN_ORDER("e.time", "e.id", order)
/* Nor has it bounds. */
#define PLAIN_SCAN(events, beyond, position, position_id, until, end, order)               \
    "SELECT " UNTRASHED_COLUMNS " FROM " events " AS e WHERE e.user_number = $1 AND " LIVE \
    "AND NOT e.trashed " IN_ORDER("e.time", "e.id", order)

/* Rows from the usual start on, merged with those that began before: both in order, so that nothing is sorted. Those are few. */
#define RUNNING_BEFORE "AND e.running AND $7 AND e.time < " USUAL " "
#define LONG_BEFORE    "AND e.duration > " LONG_SECONDS " AND e.time < " USUAL " AND e.time >= " EARLIEST " "
#define AND_BEFORE(way, events, rows, conditions)                                                   \
    "SELECT " LIVE_COLUMNS " FROM ((" rows                                                          \
    ") UNION ALL (" WITH(SCAN, events, RUNNING_BEFORE, conditions, way##_ALL) ") UNION ALL (" WITH( \
        SCAN, events, LONG_BEFORE, conditions, way##_ALL) ")) AS e " WITH(ORDER, way##_ALL)
#define OF_TIMES(way, events, rows, conditions)                 "WITH " PERIODS(events) " " AND_BEFORE(way, events, rows, conditions)
#define ORDER(beyond, position, position_id, until, end, order) IN_ORDER("e.time", "e.id", order)

/* An event of each row before it: OFFSET 0 keeps the planner to that order, whatever it thinks of the tables. */
#define EVENT_OF(events, key) \
    "CROSS JOIN LATERAL (SELECT x.* FROM " events " AS x WHERE x.user_number = $1 AND x.id = " key " OFFSET 0) AS e "
#define STREAM(events, event_streams, stream, conditions, beyond, position, position_id, until, end, order)  \
    "SELECT " LIVE_COLUMNS_AT("l.time", "l.event_id") " FROM " event_streams " AS l " EVENT_OF(              \
        events, "l.event_id") "WHERE l.user_number = $1 AND l.stream_id = " stream                           \
                              " " BETWEEN("l.time", "l.event_id", beyond, position, position_id, until, end) \
                                  conditions IN_ORDER("l.time", "l.event_id", order)
/* The first of each list, and of these the first: what is common to two lists counts once. `limit` is how many, and nothing is left out of them. */
#define LISTS(events, names, list, limit, beyond, position, position_id, until, end, order)                                      \
    "SELECT " LIVE_COLUMNS_AT("f.time", "f.id") " FROM (SELECT DISTINCT l.time, l.id FROM " names ", LATERAL (" list BETWEEN(    \
        "k.time", "k.id", beyond, position, position_id, until, end)                                                             \
        IN_ORDER("k.time", "k.id", order) " LIMIT " limit                                                                        \
                                          ") AS l " IN_ORDER("1", "2", order) " LIMIT " limit ") AS f " EVENT_OF(events, "f.id") \
                                              IN_ORDER("f.time", "f.id", order)
#define NAMES "unnest($5::bytea[]) AS n (name)"
#define STREAM_LIST(event_streams)                                                                      \
    "SELECT k.time, k.id FROM (SELECT user_number, stream_id, time, event_id AS id FROM " event_streams \
    ") AS k WHERE k.user_number = $1 AND k.stream_id = n.name "
#define TYPE_LIST(events)                                                                      \
    "SELECT k.time, k.id FROM " events " AS k WHERE k.user_number = $1 AND k.deleted IS NULL " \
    "AND k.head_id IS NULL AND k.type = n.name AND NOT (SELECT g.many FROM g) "
#define LASTING "AND (" ENDS_AFTER ") "
/* The keys are sorted, and not the events. */
#define IN_STREAMS(events, event_streams, beyond, position, position_id, until, end, order)                     \
    "SELECT " LIVE_COLUMNS_AT(                                                                                  \
        "f.time", "f.event_id") " FROM (SELECT DISTINCT l.time, l.event_id FROM " event_streams                 \
                                " AS l WHERE l.user_number = $1 AND l.stream_id = ANY ($11::bytea[]) " BETWEEN( \
                                    "l.time", "l.event_id", beyond, position, position_id, until, end)          \
                                    IN_ORDER("1", "2", order) " OFFSET 0) AS f " EVENT_OF(                      \
                                        events, "f.event_id") "WHERE true " CONDITIONS IN_ORDER("f.time", "f.event_id", order)
/* Rows, or one that has no id and nothing else: there are too many of what was to be sorted or merged, as `g` tells. */
#define UNLESS_MANY(events, rows) \
    "(SELECT " LIVE_COLUMNS " FROM g LEFT JOIN " events " AS e ON false WHERE g.many) UNION ALL (" rows ")"
/* Whenever they began. */
#define MODIFIED(events, beyond, position, position_id, until, end, order)                                               \
    "SELECT " LIVE_COLUMNS " FROM (SELECT e.time, e.id FROM " events " AS e WHERE e.user_number = $1 AND " LIVE          \
    "AND e.modified > $8 AND NOT (SELECT g.many FROM g) OFFSET 0) AS m " EVENT_OF(events, "m.id") "WHERE true " BETWEEN( \
        "m.time", "m.id", beyond, position, position_id, until, end) CONDITIONS IN_ORDER("m.time", "m.id", order)
#define MANY_MODIFIED(events)                                                                    \
    "g AS MATERIALIZED (SELECT count(*) > " MODIFIED_SORTED " AS many FROM (SELECT FROM " events \
    " AS e WHERE e.user_number = $1 AND " LIVE "AND e.modified > $8 LIMIT " MODIFIED_SORTED " + 1) AS c)"
#define FEW_MODIFIED(way, events) \
    "WITH " MANY_MODIFIED(events) UNLESS_MANY(events, LIMITED(WITH(MODIFIED, events, way##_ALL), "11", "12"))
/* The types of $5, and of the classes of $8 those that occur: one step in the index for each, however many events have it. 255 is in no UTF-8: it is behind
 * all that begin with a class. */
#define NEXT_TYPE(events, beyond, type, class)                                                             \
    "(SELECT e.type FROM " events " AS e WHERE e.user_number = $1 AND " LIVE "AND e.type " beyond " " type \
    " AND e.type < " class " || decode('ff', 'hex') ORDER BY e.type LIMIT 1)"
#define TYPES(events)                                                                                                       \
    "t (class, type) AS (SELECT c.class, " NEXT_TYPE(                                                                       \
        events, ">=", "c.class",                                                                                            \
        "c.class") " FROM unnest($8::bytea[]) AS c (class) UNION ALL "                                                      \
                   "SELECT t.class, " NEXT_TYPE(                                                                            \
                       events, ">", "t.type",                                                                               \
                       "t.class") " FROM t WHERE t.type IS NOT NULL), "                                                     \
                                  "n (name) AS MATERIALIZED (SELECT x.type FROM unnest($5::bytea[]) AS x (type) UNION ALL " \
                                  "SELECT t.type FROM t WHERE t.type IS NOT NULL LIMIT " TYPES_MERGED " + 1), "             \
                                  "g AS MATERIALIZED (SELECT count(*) > " TYPES_MERGED " AS many FROM n)"
#define FIRST_OF_TYPES(way, events)                                   \
    "WITH RECURSIVE " TYPES(events) ", " PERIODS(events) UNLESS_MANY( \
        events, AND_BEFORE(way, events, WITH(LISTS, events, "n", TYPE_LIST(events), "$9", way##_FROM), LASTING) " LIMIT $9")

/* By direction: descending, ascending. */
struct query_statements {
    struct source_statements plain[2], simple[2], timed[2], by_time[2], running[2], trashed[2], modified[2];
    struct source_statements stream[2], simple_stream[2], streams[2], type[2], simple_type[2], types[2];
};

#define LIMITED(sql, limit, offset) sql " LIMIT $" limit " OFFSET $" offset
#define TWO(form_, first_down, rest_down, first_up, rest_up)                                                              \
    {                                                                                                                     \
        { .form = form_, .first = first_down, .rest = rest_down }, { .form = form_, .first = first_up, .rest = rest_up }, \
    }
#define BOTH(form, limit, offset, down, up) TWO(form, LIMITED(down, limit, offset), NULL, LIMITED(up, limit, offset), NULL)
/* Both directions of a macro that takes one: of all events, and of those of times. */
#define OF_ALL(form, limit, offset, macro, ...) \
    BOTH(form, limit, offset, WITH(macro, __VA_ARGS__, DOWN_ALL), WITH(macro, __VA_ARGS__, UP_ALL))
#define FROM(form, limit, offset, conditions, macro, events, ...)                                              \
    BOTH(form, limit, offset, OF_TIMES(DOWN, events, WITH(macro, events, __VA_ARGS__, DOWN_FROM), conditions), \
         OF_TIMES(UP, events, WITH(macro, events, __VA_ARGS__, UP_FROM), conditions))
/* First rows that are limited within. */
#define FIRST_OF_STREAMS(way, events, event_streams) \
    OF_TIMES(way, events, WITH(LISTS, events, NAMES, STREAM_LIST(event_streams), "$8", way##_FROM), LASTING) " LIMIT $8"
#define SCAN_ALL(way, events) OF_TIMES(way, events, WITH(SCAN, events, "", CONDITIONS, way##_FROM), CONDITIONS)
#define ALL_STREAMS(way, events, event_streams) \
    OF_TIMES(way, events, WITH(IN_STREAMS, events, event_streams, way##_FROM), CONDITIONS)

#define QUERY_STATEMENTS(events, event_streams)                                                                                  \
    {                                                                                                                            \
        .plain =                                                                                                                 \
            TWO(SOURCE_PLAIN, LIMITED(WITH(PLAIN_SCAN, events, DOWN_ALL), "2", "3"),                                             \
                LIMITED(WITH(SCAN, events, "", STATE, DOWN_ALL), "6", "7"), LIMITED(WITH(PLAIN_SCAN, events, UP_ALL), "2", "3"), \
                LIMITED(WITH(SCAN, events, "", STATE, UP_ALL), "6", "7")),                                                       \
        .simple = OF_ALL(SOURCE_SIMPLE, "6", "7", SCAN, events, "", STATE),                                                      \
        .timed = FROM(SOURCE_TIMED, "8", "9", LASTING STATE, SCAN, events, LASTING, STATE),                                      \
        .by_time = FROM(SOURCE_SCAN, "11", "12", CONDITIONS, SCAN, events, "", CONDITIONS),                                      \
        .running = OF_ALL(SOURCE_SCAN, "11", "12", SCAN, events, "AND e.running ", CONDITIONS),                                  \
        .trashed = FROM(SOURCE_SCAN, "11", "12", CONDITIONS, SCAN, events, "AND e.trashed ", CONDITIONS),                        \
        .modified = TWO(SOURCE_SCAN, FEW_MODIFIED(DOWN, events), NULL, FEW_MODIFIED(UP, events), NULL),                          \
        .stream = FROM(SOURCE_NAMED, "12", "13", CONDITIONS, STREAM, events, event_streams, "$11", CONDITIONS),                  \
        .simple_stream = OF_ALL(SOURCE_SIMPLE_NAMED, "7", "8", STREAM, events, event_streams, "$6", STATE),                      \
        .type = FROM(SOURCE_NAMED, "12", "13", CONDITIONS, SCAN, events, "AND e.type = $11 ", CONDITIONS),                       \
        .simple_type = OF_ALL(SOURCE_SIMPLE_NAMED, "7", "8", SCAN, events, "AND e.type = $6 ", STATE),                           \
        .streams = TWO(SOURCE_STREAMS, FIRST_OF_STREAMS(DOWN, events, event_streams), ALL_STREAMS(DOWN, events, event_streams),  \
                       FIRST_OF_STREAMS(UP, events, event_streams), ALL_STREAMS(UP, events, event_streams)),                     \
        .types = TWO(SOURCE_TYPES, FIRST_OF_TYPES(DOWN, events), SCAN_ALL(DOWN, events), FIRST_OF_TYPES(UP, events),             \
                     SCAN_ALL(UP, events)),                                                                                      \
    }

static const struct query_statements event_statements = QUERY_STATEMENTS("events", "event_streams");
static const struct query_statements audit_statements = QUERY_STATEMENTS("audit_events", "audit_streams");

struct plan {
    struct pryv_session *s;
    const struct query_statements *sql;
    const struct pryv_event_query *query;
    struct pryv_cursor *cursor;
    bool timed;             /* asks for events that end at a time or later */
    bool many_modified;     /* they are not sorted */
    bool many_types;        /* they are not merged */
    struct pryv_rows names; /* streams to read, or the one type */
};

/* ---- The source ------------------------------------------------------------------------------- */

/* `drops` but for events whose time and duration are to be summed. */
static void add_rows(struct plan *plan, const struct source_statements statements[2], enum drops drops)
{
    const struct pryv_event_query *query = plan->query;
    double upper = pryv_present(query->to) ? query->to : (double) INFINITY, lower = (double) -INFINITY;
    struct row_source rows = {
        .statements = &statements[query->ascending],
        .state = SOURCE_NEW,
        .position = query->ascending ? lower : upper,
        .position_id = query->ascending ? BEFORE_ALL_IDS : BEHIND_ALL_IDS,
        .end = query->ascending ? upper : lower,
        .names = plan->names.items,
        .name_count = plan->names.count,
        .drops = drops == DROPS_NONE && plan->timed ? DROPS_HARDLY_ANY : drops,
    };

    if (rows.drops != DROPS_NONE && !plan->cursor->filter)
        plan->cursor->filter = pryv_event_filter_new(plan->cursor->mem, query);
    plan->cursor->source = rows;
    plan->cursor->skip = query->skip;
}

/* In order of time. */
static const struct source_statements *scan_of(const struct plan *plan)
{
    const struct pryv_event_query *query = plan->query;

    if (query->running)
        return plan->sql->running;
    if (query->state == PRYV_STATE_TRASHED)
        return plan->sql->trashed;
    if (pryv_present(query->modified_since) || query->type_count ||
        (plan->timed && !pryv_present(plan->cursor->conditions.ends_after)))
        return plan->sql->by_time;
    if (plan->timed)
        return plan->sql->timed;
    return pryv_present(query->to) || query->state != PRYV_STATE_DEFAULT ? plan->sql->simple : plan->sql->plain;
}

/* No condition but the state, and those on streams and types. */
static bool is_simple(const struct plan *plan)
{
    return !plan->timed && !pryv_present(plan->query->modified_since);
}

static void add_streams(struct plan *plan, bool one_list)
{
    bool one = plan->names.count == 1, simple = is_simple(plan) && plan->query->type_count == 0;

    if (one)
        add_rows(plan, simple ? plan->sql->simple_stream : plan->sql->stream, one_list ? DROPS_NONE : DROPS_MANY);
    else
        add_rows(plan, plan->sql->streams, one_list && simple ? DROPS_FEW : DROPS_MANY);
}

/* What may turn out to be too many; NULL: nothing. */
static bool *add_types(struct plan *plan)
{
    const struct pryv_event_query *query = plan->query;

    if (query->type_count > 1 || query->types[0].whole_class) {
        add_rows(plan, plan->sql->types, DROPS_MANY);
        return &plan->many_types;
    }
    *(struct pryv_str *) pryv_rows_add(&plan->names) = pryv_str_copy(plan->cursor->mem, query->types[0].text);
    add_rows(plan, is_simple(plan) ? plan->sql->simple_type : plan->sql->type, DROPS_NONE);
    return NULL;
}

/* The same. */
static bool *add_source(struct plan *plan)
{
    const struct pryv_event_query *query = plan->query;
    bool by_name = !query->running && query->state != PRYV_STATE_TRASHED, one_list;
    enum drops of_few = query->any_stream ? DROPS_NONE : DROPS_MOST;

    plan->names.count = 0;
    if (pryv_present(query->modified_since) && !query->running && !plan->many_modified) {
        add_rows(plan, plan->sql->modified, of_few);
        return &plan->many_modified;
    }
    if (by_name && pryv_event_streams(query, STREAMS_MERGED, &plan->names, &one_list)) {
        add_streams(plan, one_list);
        return NULL;
    }
    if (by_name && query->any_stream && query->type_count && !plan->many_types)
        return add_types(plan);
    add_rows(plan, scan_of(plan), by_name && !query->any_stream ? DROPS_MANY : of_few);
    return NULL;
}

/* Where there may be too many, the first rows tell. Of a page who asks for them sees to that. */
static enum pryv_rc begin(struct plan *plan, struct pryv_err *err)
{
    bool *many;

    while ((many = add_source(plan)) && !plan->s->page) {
        enum pryv_rc rc = cursor_begin(plan->cursor, many, err);

        if (rc != PRYV_OK || !*many)
            return rc;
    }
    return PRYV_OK;
}

/* The time before `from`; absent where no event need end after any, and where sums with it would be beyond what float8 holds, which the filter looks at. */
static double ends_after(const struct pryv_event_query *query)
{
    bool timed = pryv_present(query->from) && !query->running;

    return timed && fabs(query->from) < LONG_AGO ? nextafter(query->from, (double) -INFINITY) : PRYV_ABSENT;
}

static void set_conditions(struct pryv_cursor *cursor, const struct pryv_event_query *query)
{
    struct pryv_str *types = pryv_new_array(cursor->mem, struct pryv_str, query->type_count + 1);
    struct pryv_str *classes = pryv_new_array(cursor->mem, struct pryv_str, query->type_count + 1);
    struct row_conditions conditions = { .state = query->state,
                                         .ends_after = ends_after(query),
                                         .with_running = query->with_running,
                                         .modified_since = query->modified_since,
                                         .types = types,
                                         .classes = classes };

    for (size_t i = 0; i < query->type_count; i++) {
        struct pryv_str text = pryv_str_copy(cursor->mem, query->types[i].text);

        if (query->types[i].whole_class)
            classes[conditions.class_count++] = text;
        else
            types[conditions.type_count++] = text;
    }
    cursor->conditions = conditions;
}

static enum pryv_rc run_query(struct pryv_session *s, const struct query_statements *sql, const struct pryv_event_query *query,
                              struct pryv_cursor **out, struct pryv_err *err)
{
    struct pryv_cursor *cursor;
    enum pryv_rc rc = PRYV_OK;

    if (!session_is_open(s))
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    cursor = cursor_new(s, query->skip, query->limit);
    set_conditions(cursor, query);

    struct plan plan = { .s = s,
                         .sql = sql,
                         .query = query,
                         .cursor = cursor,
                         .timed = pryv_present(query->from) && !query->running,
                         .names = PRYV_ROWS(cursor->mem, struct pryv_str) };

    if (query->limit && (query->any_stream || query->block_count))
        rc = begin(&plan, err);
    if (rc != PRYV_OK) {
        pg_cursor_close(cursor);
        return rc;
    }
    *out = cursor;
    return PRYV_OK;
}

/* ---- The interface's ------------------------------------------------------------------------- */

enum pryv_rc query_events(struct pryv_session *s, const struct pryv_event_query *query, struct pryv_cursor **out,
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
    ops->events_query = query_events;
    ops->events_in_streams = events_in_streams;
    ops->audit_query = audit_query;
}
