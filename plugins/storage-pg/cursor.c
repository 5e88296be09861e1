/* cursor.c - see cursor.h. */
#include "cursor.h"
#include "engine.h"
#include <stdlib.h>

enum { FIRST_ROWS = 64, FIRST_ROWS_MOST = 512, FEW_ROWS = 128, BATCH_ROWS_MOST = 2048, BATCH_BYTES = 256 * 1024 };

struct pryv_cursor *cursor_new(struct pryv_session *session, uint64_t skip, uint64_t limit)
{
    struct pryv_cursor *cursor = calloc(1, sizeof(*cursor));

    if (!cursor)
        abort();
    cursor->session = session;
    cursor->mem = pryv_arena_new();
    cursor->skip = skip;
    cursor->limit = limit;
    cursor->next = session->cursors;
    session->cursors = cursor;
    return cursor;
}

/* A page's is the arena's. */
static void give_up_batch(struct pryv_cursor *c)
{
    if (!c->session->page)
        PQclear(c->answer);
    c->answer = NULL;
}

void cursor_end(struct pryv_cursor *cursor)
{
    struct pryv_cursor **at = &cursor->session->cursors;

    if (cursor->ended)
        return;
    cursor->ended = true;
    while (*at != cursor)
        at = &(*at)->next;
    *at = cursor->next;
    give_up_batch(cursor);
    pryv_event_filter_free(cursor->filter);
    cursor->filter = NULL;
}

void pg_cursor_close(struct pryv_cursor *c)
{
    if (!c)
        return;
    cursor_end(c);
    pryv_arena_free(c->mem);
    free(c);
}

/* ---- Batches --------------------------------------------------------------------------------- */

static void put_state(struct call *call, const struct row_conditions *conditions)
{
    if (conditions->state == PRYV_STATE_ALL)
        call_null(call);
    else
        call_bool(call, conditions->state == PRYV_STATE_TRASHED);
}

static void put_times(struct call *call, const struct row_conditions *conditions)
{
    call_number(call, conditions->ends_after);
    call_bool(call, conditions->with_running);
}

static void put_conditions(struct call *call, struct pryv_arena *mem, const struct row_conditions *conditions)
{
    put_state(call, conditions);
    put_times(call, conditions);
    call_number(call, conditions->modified_since);
    if (conditions->type_count + conditions->class_count == 0) {
        call_null(call);
        call_null(call);
        return;
    }
    call_texts(call, mem, conditions->types, conditions->type_count);
    call_texts(call, mem, conditions->classes, conditions->class_count);
}

static void put_position(struct call *call, const struct row_source *source)
{
    call_number(call, source->position);
    call_text(call, source->position_id);
    call_number(call, source->end);
}

static bool is_list(const struct row_source *source)
{
    return source->statements->form == SOURCE_STREAMS || source->statements->form == SOURCE_TYPES;
}

static void put_list(struct call *call, struct pryv_cursor *c, const struct row_source *source)
{
    const struct row_conditions *conditions = &c->conditions;
    bool of_types = source->statements->form == SOURCE_TYPES;

    call_texts(call, c->mem, of_types ? conditions->types : source->names,
               of_types ? conditions->type_count : source->name_count);
    put_times(call, conditions);
    if (of_types)
        call_texts(call, c->mem, conditions->classes, conditions->class_count);
}

/* Behind the position. */
static void put_asked(struct call *call, struct pryv_cursor *c, const struct row_source *source)
{
    switch (source->statements->form) {
    case SOURCE_PLAIN:
    case SOURCE_SIMPLE: put_state(call, &c->conditions); break;
    case SOURCE_SIMPLE_NAMED:
        put_state(call, &c->conditions);
        call_text(call, source->names[0]);
        break;
    case SOURCE_TIMED:
        put_state(call, &c->conditions);
        put_times(call, &c->conditions);
        break;
    case SOURCE_SCAN:
    case SOURCE_TYPES: put_conditions(call, c->mem, &c->conditions); break;
    case SOURCE_NAMED:
        put_conditions(call, c->mem, &c->conditions);
        call_text(call, source->names[0]);
        break;
    case SOURCE_STREAMS:
        put_conditions(call, c->mem, &c->conditions);
        call_texts(call, c->mem, source->names, source->name_count);
        break;
    case SOURCE_DELETED:
    case SOURCE_VERSIONS: break;
    }
}

static void put_parameters(struct call *call, struct pryv_cursor *c, const struct row_source *source, bool first)
{
    enum source_form form = source->statements->form;

    call_integer(call, c->session->user);
    if (form == SOURCE_VERSIONS) {
        call_text(call, source->names[0]);
    } else if (form != SOURCE_PLAIN || !first) {
        put_position(call, source);
        if (first && is_list(source))
            put_list(call, c, source);
        else
            put_asked(call, c, source);
    }
}

/* Few where few are wanted. What the filter drops is read in vain, so a few more where it drops some. */
static unsigned first_rows(const struct pryv_cursor *c, const struct row_source *source)
{
    uint64_t rows = c->limit == UINT64_MAX ? FIRST_ROWS : c->limit < FIRST_ROWS_MOST ? c->limit : FIRST_ROWS_MOST;

    rows += c->skip < FIRST_ROWS_MOST ? c->skip : FIRST_ROWS_MOST;
    if (source->drops >= DROPS_FEW)
        rows += 4;
    if (source->drops == DROPS_MANY)
        rows += rows / 2;
    if (source->drops == DROPS_MOST)
        rows = rows < FEW_ROWS / 4 ? FEW_ROWS : rows * 4;
    return rows < FIRST_ROWS_MOST ? (unsigned) rows : FIRST_ROWS_MOST;
}

static void put_first(struct pryv_cursor *c, struct row_source *source, struct call *call)
{
    uint64_t offset = source->drops == DROPS_NONE ? c->skip : 0;

    call->sql = source->statements->first;
    if (source->drops == DROPS_NONE)
        c->skip = 0;
    source->batch = first_rows(c, source);
    put_parameters(call, c, source, true);
    call_count(call, source->batch);
    if (!is_list(source))
        call_count(call, offset);
    source->state = SOURCE_READ_FIRST;
}

static enum pryv_rc read_first(struct pryv_cursor *c, struct row_source *source, struct pryv_err *err)
{
    struct call call = { .sql = NULL };

    put_first(c, source, &call);
    return session_read(c->session, &call, 1, &c->answer, err);
}

/* So many that they take about BATCH_BYTES, if they are like those before. */
static unsigned next_rows(const struct pryv_cursor *c, const struct row_source *source)
{
    size_t bytes = c->rows ? PQresultMemorySize(c->answer) / (size_t) c->rows + 1 : 1024;
    size_t rows = BATCH_BYTES / bytes + 1, most = (size_t) source->batch * 4;

    if (rows > most)
        rows = most;
    return rows < BATCH_ROWS_MOST ? (unsigned) rows : BATCH_ROWS_MOST;
}

/* From the last row on. */
static enum pryv_rc read_on(struct pryv_cursor *c, struct row_source *source, struct pryv_err *err)
{
    struct call call = { .sql = source->statements->rest ? source->statements->rest : source->statements->first };

    source->batch = next_rows(c, source);
    put_parameters(&call, c, source, false);
    call_count(&call, source->batch);
    call_count(&call, 0);
    give_up_batch(c);
    return session_read(c->session, &call, 1, &c->answer, err);
}

static enum pryv_rc fetch(struct pryv_cursor *c, struct row_source *source, struct pryv_err *err)
{
    struct call calls[2] = { { .once = true }, { .once = true } };
    bool declare = source->state == SOURCE_READ_FIRST;

    source->batch = next_rows(c, source);
    if (declare) {
        source->portal = ++c->session->portals;
        calls[0].sql =
            pryv_format(c->mem, "DECLARE rows%u NO SCROLL CURSOR FOR %s", source->portal, source->statements->rest).data;
        put_parameters(&calls[0], c, source, false);
        if (source->statements->form == SOURCE_VERSIONS)
            call_count(&calls[0], source->given);
    }
    calls[1].sql = pryv_format(err->arena, "FETCH FORWARD %u FROM rows%u", source->batch, source->portal).data;
    source->state = SOURCE_READ_REST;
    give_up_batch(c);
    return session_read(c->session, declare ? calls : &calls[1], declare ? 2 : 1, &c->answer, err);
}

static enum pryv_rc read_rest(struct pryv_cursor *c, struct row_source *source, struct pryv_err *err)
{
    return is_list(source) || source->statements->form == SOURCE_VERSIONS ? fetch(c, source, err) : read_on(c, source, err);
}

/* Where the rest begins, taken from the last row. */
static void remember_position(struct pryv_cursor *c, struct row_source *source)
{
    struct pryv_event last;

    if (c->rows == 0)
        return;
    event_row_read(c->answer, c->rows - 1, &last);
    source->position = source->statements->form == SOURCE_DELETED ? last.deleted : last.time;
    source->position_id = pryv_str_copy(c->mem, last.id);
    source->given += (uint64_t) c->rows;
}

/* The row without an id. */
static bool has_too_many(const struct pryv_cursor *c)
{
    return c->rows > 0 && PQgetisnull(c->answer, 0, 0);
}

static void look_at_batch(struct pryv_cursor *c, struct row_source *source)
{
    c->row = 0;
    c->rows = PQntuples(c->answer);
    if ((unsigned) c->rows < source->batch || has_too_many(c))
        source->state = SOURCE_ENDED;
    else
        remember_position(c, source);
}

void cursor_first_call(struct pryv_cursor *c, struct call *call)
{
    *call = (struct call){ .sql = NULL };
    if (c->source.state == SOURCE_NEW)
        put_first(c, &c->source, call);
}

bool cursor_take_first(struct pryv_cursor *c, PGresult *answer)
{
    c->answer = answer;
    look_at_batch(c, &c->source);
    return !has_too_many(c);
}

enum pryv_rc cursor_begin(struct pryv_cursor *c, bool *too_many, struct pryv_err *err)
{
    enum pryv_rc rc = read_first(c, &c->source, err);

    if (rc != PRYV_OK)
        return rc;
    look_at_batch(c, &c->source);
    *too_many = has_too_many(c);
    if (*too_many) {
        give_up_batch(c);
        c->row = c->rows = 0;
    }
    return PRYV_OK;
}

/* 1: there are rows. */
static int read_batch(struct pryv_cursor *c, struct pryv_err *err)
{
    struct row_source *source = &c->source;
    enum pryv_rc rc;

    if (source->state == SOURCE_NONE || source->state == SOURCE_ENDED)
        return 0;
    if (c->session->page)
        return (int) pryv_fail(err, PRYV_UNSUPPORTED, "one question does not do");
    rc = source->state == SOURCE_NEW ? read_first(c, source, err) : read_rest(c, source, err);
    if (rc != PRYV_OK)
        return (int) rc;
    look_at_batch(c, source);
    return c->rows > 0;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static bool wanted(struct pryv_cursor *c, const struct pryv_event *row)
{
    if (c->filter && !pryv_event_filter_matches(c->filter, row))
        return false;
    if (c->skip) {
        c->skip--;
        return false;
    }
    return true;
}

/* 1: the next row, wanted or not. */
static int step(struct pryv_cursor *c, struct pryv_event *row, struct pryv_err *err)
{
    if (c->row == c->rows) {
        int more = read_batch(c, err);

        if (more <= 0)
            return more;
    }
    event_row_read(c->answer, c->row++, row);
    return 1;
}

int pg_cursor_next(struct pryv_cursor *c, struct pryv_event *row, struct pryv_err *err)
{
    int more = 0;

    if (c->ended)
        return pryv_fail(err, PRYV_FAILED, "the session is over");
    while (c->limit && (more = step(c, row, err)) > 0)
        if (wanted(c, row)) {
            if (c->limit != UINT64_MAX)
                c->limit--;
            return 1;
        }
    return more;
}

void cursor_offer(struct pryv_storage_ops *ops)
{
    ops->cursor_next = pg_cursor_next;
    ops->cursor_close = pg_cursor_close;
}
