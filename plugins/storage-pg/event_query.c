/* event_query.c - how a query is read, so that the first rows come without reading and sorting all of them.
 *
 * The rows of a source (pryv/event_plan.h) are read from where the fewest others are expected: the running events, the lists of the streams or
 * types that are asked for, a short list of what was modified, or all events. Conditions that are cheap for the server to look at it looks at;
 * the filter of the SDK decides on each row what is left. */
#include "cursor.h"
#include "engine.h"
#include <math.h>
#include <pryv/event_plan.h>

/* More streams than that are not merged: all events are read. More types in a class neither. */
enum { STREAMS_MERGED = 4096, TYPES_MERGED = 256 };
/* A list of modified events is sorted up to this length. */
enum { MODIFIED_SORTED = 2000 };

/* $1 the user, ($2, $3) the position, $4 the end, $5 trashed, $6 from, $7 modified since, $8 types, $9 classes. The sum of time and duration is the
 * filter's to build: it may be beyond what float8 holds. */
#define STATE "AND ($5::bool IS NULL OR e.trashed = $5) "
#define CONDITIONS                                                                     \
    STATE                                                                              \
    "AND ($6::float8 IS NULL OR e.running OR e.duration IS NOT NULL OR e.time >= $6) " \
    "AND ($7::float8 IS NULL OR e.modified > $7) "                                     \
    "AND ($8::bytea[] IS NULL OR e.type = ANY ($8) "                                   \
    "OR EXISTS (SELECT 1 FROM unnest($9::bytea[]) AS c WHERE substring(e.type FROM 1 FOR length(c)) = c)) "
#define LIVE                             "e.deleted IS NULL AND e.head_id IS NULL "
#define BETWEEN(time, id, beyond, until) "AND (" time ", " id ") " beyond " ($2, $3) AND " time " " until " $4 "
#define IN_ORDER(time, id, order)        "ORDER BY " time " " order ", " id " " order

#define SCAN(events, which, beyond, until, order)                                             \
    "SELECT " LIVE_COLUMNS " FROM " events                                                    \
    " AS e WHERE e.user_number = $1 AND " LIVE which BETWEEN("e.time", "e.id", beyond, until) \
    CONDITIONS IN_ORDER("e.time", "e.id", order)
/* What is asked most: no condition but the state. PostgreSQL makes the others ready for each execution, whether they are asked for or not. */
#define SIMPLE_SCAN(events, beyond, until, order)                                                                              \
    "SELECT " LIVE_COLUMNS " FROM " events " AS e WHERE e.user_number = $1 AND " LIVE BETWEEN("e.time", "e.id", beyond, until) \
    STATE IN_ORDER("e.time", "e.id", order)
/* Nor any but what every page of events out of the trash has. */
#define PLAIN_SCAN(events, beyond, until, order)                                           \
    "SELECT " UNTRASHED_COLUMNS " FROM " events " AS e WHERE e.user_number = $1 AND " LIVE \
    "AND NOT e.trashed " IN_ORDER("e.time", "e.id", order)
/* An event of each row before it: OFFSET 0 keeps the planner to that order, whatever it thinks of the tables. */
#define EVENT_OF(events, key) \
    "CROSS JOIN LATERAL (SELECT x.* FROM " events " AS x WHERE x.user_number = $1 AND x.id = " key " OFFSET 0) AS e "
#define STREAM(events, event_streams, beyond, until, order)                                                                    \
    "SELECT " LIVE_COLUMNS " FROM " event_streams " AS l " EVENT_OF(                                                           \
        events, "l.event_id") "WHERE l.user_number = $1 AND l.stream_id = $10 " BETWEEN("l.time", "l.event_id", beyond, until) \
        CONDITIONS IN_ORDER("l.time", "l.event_id", order)
/* The first of each list, and of these the first: what is common to two lists counts once. */
#define LISTS(events, list, beyond, until, order)                                                                              \
    "SELECT " LIVE_COLUMNS " FROM (SELECT DISTINCT l.time, l.id FROM unnest($5::bytea[]) AS n (name), LATERAL (" list BETWEEN( \
        "k.time", "k.id", beyond, until)                                                                                       \
        IN_ORDER("k.time", "k.id", order) " LIMIT $6) AS l " IN_ORDER("1", "2", order) " LIMIT $6) AS f " EVENT_OF(            \
            events, "f.id") IN_ORDER("f.time", "f.id", order)
#define STREAM_LIST(event_streams)                                                                      \
    "SELECT k.time, k.id FROM (SELECT user_number, stream_id, time, event_id AS id FROM " event_streams \
    ") AS k WHERE k.user_number = $1 AND k.stream_id = n.name "
#define TYPE_LIST(events)              \
    "SELECT k.time, k.id FROM " events \
    " AS k WHERE k.user_number = $1 AND k.deleted IS NULL AND k.head_id IS NULL AND k.type = n.name "
/* The keys are sorted, and not the events. */
#define IN_STREAMS(events, event_streams, beyond, until, order)                                                           \
    "SELECT " LIVE_COLUMNS " FROM (SELECT DISTINCT l.time, l.event_id FROM " event_streams                                \
    " AS l WHERE l.user_number = $1 AND l.stream_id = ANY ($10::bytea[]) " BETWEEN("l.time", "l.event_id", beyond, until) \
        IN_ORDER("1", "2", order) " OFFSET 0) AS f " EVENT_OF(events, "f.event_id") "WHERE true " CONDITIONS IN_ORDER(    \
            "f.time", "f.event_id", order)
#define MODIFIED(events, beyond, until, order)                                                                            \
    "SELECT " LIVE_COLUMNS " FROM (SELECT e.time, e.id FROM " events " AS e WHERE e.user_number = $1 AND " LIVE           \
    "AND e.modified > $7 OFFSET 0) AS m " EVENT_OF(events, "m.id") "WHERE true " BETWEEN("m.time", "m.id", beyond, until) \
        CONDITIONS IN_ORDER("m.time", "m.id", order)

/* By direction: descending, ascending. */
struct query_statements {
    struct source_statements plain[2], simple[2], by_time[2], running[2], one_stream[2], streams[2], types[2], modified[2];
    const char *survey, *types_of_class;
};

#define DOWN                        "<", ">=", "DESC"
#define UP                          ">", "<=", "ASC"
#define LIMITED(sql, limit, offset) sql " LIMIT $" limit " OFFSET $" offset
/* Both directions of a statement; the macro's arguments before the direction are in parentheses. */
#define CALL_(macro, ...)           macro(__VA_ARGS__)
#define WITH(macro, direction, ...) CALL_(macro, __VA_ARGS__, direction)
#define SCANS(form_, limit, offset, macro, ...)                              \
    {                                                                        \
        { .form = form_,                                                     \
          .first = LIMITED(WITH(macro, DOWN, __VA_ARGS__), limit, offset),   \
          .rest = WITH(macro, DOWN, __VA_ARGS__) },                          \
            { .form = form_,                                                 \
              .first = LIMITED(WITH(macro, UP, __VA_ARGS__), limit, offset), \
              .rest = WITH(macro, UP, __VA_ARGS__) },                        \
    }

#define QUERY_STATEMENTS(events, event_streams)                                                                                   \
    {                                                                                                                             \
        .plain = { { .form = SOURCE_PLAIN,                                                                                        \
                     .first = LIMITED(WITH(PLAIN_SCAN, DOWN, events), "2", "3"),                                                  \
                     .rest = WITH(SIMPLE_SCAN, DOWN, events) },                                                                   \
                   { .form = SOURCE_PLAIN,                                                                                        \
                     .first = LIMITED(WITH(PLAIN_SCAN, UP, events), "2", "3"),                                                    \
                     .rest = WITH(SIMPLE_SCAN, UP, events) } },                                                                   \
        .simple = SCANS(SOURCE_SIMPLE, "6", "7", SIMPLE_SCAN, events),                                                            \
        .by_time = SCANS(SOURCE_SCAN, "10", "11", SCAN, events, ""),                                                              \
        .running = SCANS(SOURCE_SCAN, "10", "11", SCAN, events, "AND e.running "),                                                \
        .one_stream = SCANS(SOURCE_STREAM, "11", "12", STREAM, events, event_streams),                                            \
        .modified = SCANS(SOURCE_SCAN, "10", "11", MODIFIED, events),                                                             \
        .streams = { { .form = SOURCE_STREAMS,                                                                                    \
                       .first = WITH(LISTS, DOWN, events, STREAM_LIST(event_streams)),                                            \
                       .rest = WITH(IN_STREAMS, DOWN, events, event_streams) },                                                   \
                     { .form = SOURCE_STREAMS,                                                                                    \
                       .first = WITH(LISTS, UP, events, STREAM_LIST(event_streams)),                                              \
                       .rest = WITH(IN_STREAMS, UP, events, event_streams) } },                                                   \
        .types = { { .form = SOURCE_TYPES,                                                                                        \
                     .first = WITH(LISTS, DOWN, events, TYPE_LIST(events)),                                                       \
                     .rest = WITH(SCAN, DOWN, events, "") },                                                                      \
                   { .form = SOURCE_TYPES,                                                                                        \
                     .first = WITH(LISTS, UP, events, TYPE_LIST(events)),                                                         \
                     .rest = WITH(SCAN, UP, events, "") } },                                                                      \
        .survey =                                                                                                                 \
            "SELECT (SELECT duration FROM " events " WHERE user_number = $1 AND " LIVE_EVENT                                      \
            " AND duration IS NOT NULL ORDER BY duration DESC LIMIT 1), "                                                         \
            "EXISTS (SELECT 1 FROM " events " WHERE user_number = $1 AND " LIVE_EVENT " AND running), "                           \
            "(SELECT count(*) FROM (SELECT 1 FROM " events " WHERE user_number = $1 AND " LIVE_EVENT                              \
            " AND modified > $2::float8 LIMIT $3) AS m)", /* One step in the index for each type, however many events have it. */ \
            .types_of_class = "WITH RECURSIVE t (type) AS ("                                                                      \
                              "(SELECT type FROM " events " WHERE user_number = $1 AND " LIVE_EVENT                               \
                              " AND type >= $2 AND type < $3 ORDER BY type LIMIT 1) UNION ALL "                                   \
                              "SELECT (SELECT e.type FROM " events " AS e WHERE e.user_number = $1 AND " LIVE                     \
                              "AND e.type > t.type AND e.type < $3 ORDER BY e.type LIMIT 1) FROM t WHERE t.type IS NOT NULL) "    \
                              "SELECT type FROM t WHERE type IS NOT NULL LIMIT $4",                                               \
    }

static const struct query_statements event_statements = QUERY_STATEMENTS("events", "event_streams");
static const struct query_statements audit_statements = QUERY_STATEMENTS("audit_events", "audit_streams");

struct plan {
    struct pryv_session *s;
    const struct query_statements *sql;
    const struct pryv_event_query *query;
    struct pryv_cursor *cursor;
    bool exact;             /* every row of the sources matches the times asked for */
    bool few_modified;      /* so few were modified since that they are all read and sorted */
    struct pryv_rows names; /* streams or types to merge */
};

/* ---- Small questions ------------------------------------------------------------------------- */

struct survey {
    struct pryv_event_periods periods;
    uint64_t modified; /* counted up to MODIFIED_SORTED + 1 */
};

static enum pryv_rc ask_survey(struct plan *plan, struct survey *out, struct pryv_err *err)
{
    struct call call = { .sql = plan->sql->survey };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, plan->s->user);
    call_number(&call, plan->query->modified_since);
    call_count(&call, MODIFIED_SORTED + 1);
    if ((rc = session_read(plan->s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    *out = (struct survey){ { answer_number(answer, 0, 0), answer_bool(answer, 0, 1) }, (uint64_t) answer_integer(answer, 0, 2) };
    PQclear(answer);
    return PRYV_OK;
}

static void add_name(struct plan *plan, struct pryv_str name)
{
    *(struct pryv_str *) pryv_rows_add(&plan->names) = pryv_str_copy(plan->cursor->mem, name);
}

/* The types of a class that occur: up to one more than are merged. */
static enum pryv_rc plan_class(struct plan *plan, struct pryv_str prefix, struct pryv_err *err)
{
    struct call call = { .sql = plan->sql->types_of_class };
    PGresult *answer = NULL;
    enum pryv_rc rc;

    call_integer(&call, plan->s->user);
    call_text(&call, prefix);
    call_text(&call, pryv_format(err->arena, "%.*s\xff", PRYV_STR_ARG(prefix))); /* in no UTF-8: behind all that begin so */
    call_count(&call, TYPES_MERGED + 1);
    if ((rc = session_read(plan->s, &call, 1, &answer, err)) != PRYV_OK)
        return rc;
    for (int i = 0; i < PQntuples(answer); i++)
        add_name(plan, answer_text(answer, i, 0));
    PQclear(answer);
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

static void add_rows(struct plan *plan, const struct pryv_event_source *source, const struct source_statements statements[2],
                     bool decides)
{
    bool ascending = plan->query->ascending;
    struct row_source rows = {
        .statements = &statements[direction(plan)],
        .position = ascending ? source->lower : source->upper,
        .position_id = ascending ? BEFORE_ALL_IDS : BEHIND_ALL_IDS,
        .end = ascending ? source->upper : source->lower,
        .names = plan->names.items,
        .name_count = plan->names.count,
        .decides = decides,
    };

    if (!decides && !plan->cursor->filter)
        plan->cursor->filter = pryv_event_filter_new(plan->cursor->mem, plan->query);
    cursor_add(plan->cursor, &rows);
}

/* In order of time, through all events or those that were modified. */
static const struct source_statements *scan_of(const struct plan *plan, const struct pryv_event_source *source)
{
    const struct pryv_event_query *query = plan->query;
    bool conditions = pryv_present(query->from) || pryv_present(query->modified_since) || query->type_count;
    bool bounds = isfinite(source->lower) || isfinite(source->upper);

    if (plan->few_modified)
        return plan->sql->modified;
    if (conditions)
        return plan->sql->by_time;
    return bounds || query->state != PRYV_STATE_DEFAULT ? plan->sql->simple : plan->sql->plain;
}

static enum pryv_rc add_source(struct plan *plan, const struct pryv_event_source *source, struct pryv_err *err)
{
    const struct pryv_event_query *query = plan->query;
    bool decides = plan->exact && query->any_stream, one_list;
    enum pryv_rc rc;

    plan->names.count = 0;
    if (source->running) {
        add_rows(plan, source, plan->sql->running, decides);
        return PRYV_OK;
    }
    if (!plan->few_modified && pryv_event_streams(query, STREAMS_MERGED, &plan->names, &one_list)) {
        bool one = plan->names.count == 1;

        add_rows(plan, source, one ? plan->sql->one_stream : plan->sql->streams, plan->exact && one && one_list);
        return PRYV_OK;
    }
    if (!plan->few_modified && query->any_stream && query->type_count) {
        if ((rc = plan_types(plan, err)) != PRYV_OK)
            return rc;
        if (plan->names.count <= TYPES_MERGED) {
            add_rows(plan, source, plan->sql->types, false);
            return PRYV_OK;
        }
    }
    add_rows(plan, source, scan_of(plan, source), decides);
    return PRYV_OK;
}

static enum pryv_rc add_sources(struct plan *plan, struct pryv_err *err)
{
    const struct pryv_event_query *query = plan->query;
    bool of_modified = pryv_present(query->modified_since) && !query->running;
    struct survey survey = { { .longest = PRYV_ABSENT }, 0 };
    struct pryv_event_sources sources;
    enum pryv_rc rc = PRYV_OK;

    if (of_modified || pryv_event_query_needs_periods(query))
        rc = ask_survey(plan, &survey, err);
    sources = pryv_event_sources(query, &survey.periods);
    plan->exact = sources.exact;
    plan->few_modified = of_modified && survey.modified <= MODIFIED_SORTED;
    for (size_t i = 0; rc == PRYV_OK && i < sources.count; i++)
        rc = add_source(plan, &sources.list[i], err);
    return rc;
}

static void set_conditions(struct pryv_cursor *cursor, const struct pryv_event_query *query)
{
    struct pryv_str *types = pryv_new_array(cursor->mem, struct pryv_str, query->type_count + 1);
    struct pryv_str *classes = pryv_new_array(cursor->mem, struct pryv_str, query->type_count + 1);
    struct row_conditions conditions = { .state = query->state,
                                         .from = query->running ? PRYV_ABSENT : query->from,
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

    struct plan plan = { .s = s, .sql = sql, .query = query, .cursor = cursor, .names = PRYV_ROWS(cursor->mem, struct pryv_str) };

    if (query->any_stream || query->block_count)
        rc = add_sources(&plan, err);
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
