/* events_get.c - events.get: a list of any length, written while it is read from one snapshot. */
#include "events_own.h"
#include "events_stores.h"

enum { SHORT_ANSWER_BYTES = 64 * 1024 }; /* which a client mostly takes at once */

struct reading {
    struct pryv_call *call;
    struct pryv_session *session;
    struct events_question question;
    struct events_own own;
    struct events_stores stores;
    uint64_t rows_left;
    enum pryv_rc planned; /* and why not */
    struct pryv_err err;
    bool has_page;
};

/* ---- The question --------------------------------------------------------------------------------------- */

static const struct pryv_stream_node *find_nothing(const void *tree PRYV_UNUSED, struct pryv_str id PRYV_UNUSED)
{
    return NULL;
}

static bool is_of(const struct stream_query *query, struct pryv_str store)
{
    return pryv_str_is(query->store, store);
}

/* A store that is not there: its root is an unknown resource, its streams are unknown ones. */
static enum pryv_rc check_store(const struct stream_question *ask, const struct stream_query *query,
                                struct stream_complaints *complaints, struct pryv_err *err)
{
    static const struct stream_forest nothing = { .find = find_nothing };

    if (pryv_str_equal(query->any.ids[0], "*"))
        return pryv_refuse(err, 404, "unknown-resource", NULL, "There is no store \"%.*s\".", PRYV_STR_ARG(query->store));
    stream_query_check(ask, &nothing, query, complaints);
    return PRYV_OK;
}

static enum pryv_rc check_streams(const struct reading *reading, const struct stream_question *ask,
                                  const struct stream_forest *local, const struct stream_forest *account, struct pryv_err *err)
{
    const struct events_question *question = &reading->question;
    struct stream_complaints complaints = { .unknown = NULL };
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; i < question->streams.count && rc == PRYV_OK; i++) {
        const struct stream_query *query = &question->streams.list[i];
        const struct events_store *other = events_stores_find(&reading->stores, query->store);

        if (is_of(query, STORE_LOCAL))
            stream_query_check(ask, local, query, &complaints);
        else if (is_of(query, STORE_ACCOUNT))
            stream_query_check(ask, account, query, &complaints);
        else if (other)
            stream_query_check(ask, &other->forest, query, &complaints);
        else
            rc = check_store(ask, query, &complaints, err);
    }
    if (rc != PRYV_OK) {
        json_decref(complaints.unknown);
        return rc;
    }
    return stream_complaints_tell(&complaints, err);
}

static enum pryv_rc plan(struct reading *reading, struct pryv_err *err)
{
    struct pryv_call *call = reading->call;
    const struct pryv_stream_tree *tree;
    enum pryv_rc rc = events_question_read(call, &reading->question, err);

    if (rc != PRYV_OK || (rc = pryv_call_streams(call, &tree, err)) != PRYV_OK ||
        (rc = events_stores_load(call, &reading->question, &reading->stores, err)) != PRYV_OK)
        return rc;

    struct stream_forest local = stream_forest_of_tree(tree);
    struct stream_forest account = account_forest(call->arena, api_self()->account);
    struct stream_question ask = {
        .access = call->access,
        .with_trashed = reading->question.query.state != PRYV_STATE_DEFAULT,
        .max_streams = (size_t) api_self()->config->max_query_expanded,
    };

    if ((rc = check_streams(reading, &ask, &local, &account, err)) != PRYV_OK ||
        (rc = events_stores_plan(call, &reading->question, &ask, &reading->stores, err)) != PRYV_OK)
        return rc;
    return events_own_plan(call, &reading->question, &ask, &local, &account, &reading->own, err);
}

/* ---- The answer ----------------------------------------------------------------------------------------- */

static enum pryv_rc count_row(struct reading *reading, struct pryv_err *err)
{
    if (reading->rows_left == 0) {
        uint64_t limit = events_most_rows(reading->call);

        return pryv_refuse(err, 413, "too-many-results", json_pack("{s:f}", "limit", (double) limit),
                           "More than %llu events; ask for fewer at a time.", (unsigned long long) limit);
    }
    reading->rows_left--;
    return events_check_written(reading->call, err);
}

/* Read tokens are made in memory of their own, so that a list of files takes no more than one of its events. */
static void write_row(struct pryv_call *call, const struct pryv_event *row)
{
    struct pryv_arena *mem = row->attachments_json.data ? pryv_arena_new() : NULL;

    event_write(call->out, mem, call->access, row);
    pryv_arena_free(mem);
}

static enum pryv_rc write_own_rows(struct reading *reading, struct pryv_err *err)
{
    struct pryv_event row;
    enum pryv_rc rc = PRYV_OK;
    int more = 0;

    while (rc == PRYV_OK && (more = events_own_next(&reading->own, &row, err)) > 0) {
        if ((rc = count_row(reading, err)) != PRYV_OK)
            break;
        write_row(reading->call, &row);
        rc = pryv_json_failed(reading->call->out);
    }
    return more < 0 ? (enum pryv_rc) more : rc;
}

static enum pryv_rc read_own(struct reading *reading, struct pryv_err *err)
{
    enum pryv_rc rc = events_own_open(&reading->own, reading->session, err);

    if (rc == PRYV_OK)
        rc = write_own_rows(reading, err);
    events_own_close(&reading->own);
    return rc;
}

static enum pryv_rc write_deletion(struct reading *reading, const struct pryv_event *row, struct pryv_err *err)
{
    struct pryv_json *js = reading->call->out;
    enum pryv_rc rc = count_row(reading, err);

    if (rc != PRYV_OK)
        return rc;
    pryv_json_object(js);
    pryv_json_put_str(js, "id", row->id);
    pryv_json_put_number(js, "deleted", row->deleted);
    if (!row->stream_ids_json.data) /* what is kept whole has the hash of all of it */
        pryv_json_put_str_if(js, "integrity", row->integrity);
    pryv_json_object_end(js);
    return pryv_json_failed(js);
}

static enum pryv_rc read_deletions(struct reading *reading, struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    const struct pryv_event_query *query = &reading->question.query;
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row;
    enum pryv_rc rc = storage->event_deletions(reading->session, query->modified_since, query->ascending, query->skip,
                                               query->limit, &cursor, err);
    int more = 0;

    while (rc == PRYV_OK && (more = storage->cursor_next(cursor, &row, err)) > 0)
        rc = write_deletion(reading, &row, err);
    storage->cursor_close(cursor);
    return more < 0 ? (enum pryv_rc) more : rc;
}

/* Runs `write` with a session open. */
static enum pryv_rc with_session(struct reading *reading, enum pryv_rc (*write)(struct reading *reading, struct pryv_err *err),
                                 struct pryv_err *err)
{
    enum pryv_rc rc = api_open(reading->call, PRYV_READ, &reading->session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = write(reading, err);
    api_close(reading->session);
    return rc;
}

static enum pryv_rc take_row(void *context, const struct pryv_event *row, struct pryv_err *err)
{
    struct reading *reading = context;
    enum pryv_rc rc = count_row(reading, err);

    if (rc != PRYV_OK)
        return rc;
    event_write(reading->call->out, NULL, NULL, row);
    return pryv_json_failed(reading->call->out);
}

/* How many stores are told before the user's own: those that were named before, unless the account is asked too, with which it is one list. */
static size_t place_of_own(const struct reading *reading)
{
    size_t before = 0;

    if (events_own_has_account(&reading->own))
        return 0;
    for (size_t i = 0; i < reading->question.streams.count; i++) {
        const struct stream_query *query = &reading->question.streams.list[i];

        if (is_of(query, STORE_LOCAL) || is_of(query, STORE_ACCOUNT))
            break;
        if (before < reading->stores.count && events_stores_find(&reading->stores, query->store) == &reading->stores.list[before])
            before++;
    }
    return before;
}

static enum pryv_rc write_own(struct reading *reading, struct pryv_err *err)
{
    struct events_own *own = &reading->own;

    if (!reading->has_page && events_own_has_pages())
        events_own_pages(&own, 1);
    else if (!reading->has_page)
        own->rc = PRYV_UNSUPPORTED;
    if (own->rc == PRYV_UNSUPPORTED)
        return with_session(reading, read_own, err);
    if (own->rc != PRYV_OK)
        *err = own->err;
    return own->rc == PRYV_OK ? write_own_rows(reading, err) : own->rc;
}

/* Others may take their time, so that none is asked while a session is open. */
static enum pryv_rc write_events(struct reading *reading, struct pryv_err *err)
{
    size_t own = place_of_own(reading);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i <= reading->stores.count; i++) {
        if (i == own)
            rc = write_own(reading, err);
        if (rc == PRYV_OK && i < reading->stores.count)
            rc = events_store_read(reading->call, &reading->question, &reading->stores.list[i], take_row, reading, err);
    }
    return rc;
}

static enum pryv_rc write_deletion_rows(struct reading *reading, struct pryv_err *err)
{
    const struct own_page *page = &reading->own.deletions;
    enum pryv_rc rc = PRYV_OK;

    if (reading->question.query.limit == 0)
        return PRYV_OK;
    if (page->rc == PRYV_UNSUPPORTED)
        return with_session(reading, read_deletions, err);
    if (page->rc != PRYV_OK)
        *err = page->err;
    for (size_t i = 0; page->rc == PRYV_OK && rc == PRYV_OK && i < page->count; i++)
        rc = write_deletion(reading, &page->rows[i], err);
    return page->rc == PRYV_OK ? rc : page->rc;
}

static enum pryv_rc write_deletions(struct reading *reading, struct pryv_err *err)
{
    struct pryv_json *js = reading->call->out;
    enum pryv_rc rc;

    pryv_json_key(js, "eventDeletions");
    pryv_json_array(js);
    rc = write_deletion_rows(reading, err);
    pryv_json_array_end(js);
    return rc;
}

static enum pryv_rc answer(struct reading *reading, struct pryv_err *err)
{
    struct pryv_json *js = reading->call->out;
    enum pryv_rc rc;

    pryv_json_key(js, "events");
    pryv_json_array(js);
    rc = write_events(reading, err);
    pryv_json_array_end(js);
    if (rc == PRYV_OK && reading->question.with_deletions)
        rc = write_deletions(reading, err);
    return rc;
}

/* ---- Alone, and together -------------------------------------------------------------------------------- */

static struct reading *reading_new(struct pryv_call *call)
{
    struct reading *reading = pryv_new(call->arena, struct reading);

    reading->call = call;
    reading->rows_left = events_most_rows(call);
    reading->err = (struct pryv_err) PRYV_ERR(call->arena);
    reading->planned = plan(reading, &reading->err);
    return reading;
}

static bool needs_only_page(const struct reading *reading)
{
    return reading->planned == PRYV_OK && reading->stores.count == 0 &&
           (!reading->question.with_deletions || events_own_has_pages_of_deletions());
}

/* Other stores may take their time for their streams, which belong to the plan. */
bool events_get_can_fetch(void)
{
    const struct store *list;

    return events_own_has_pages() && stores_list(api_self()->stores, &list) == 0;
}

void events_get_fetch(struct pryv_call *const *calls, size_t count)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct reading **readings = pryv_new_array(mem, struct reading *, count);
    struct events_own **owns = pryv_new_array(mem, struct events_own *, count);
    size_t asked = 0;

    for (size_t i = 0; i < count; i++) {
        struct reading *reading = reading_new(calls[i]);

        if (reading->planned != PRYV_OK)
            calls[i]->fetched = reading;
        if (needs_only_page(reading)) {
            readings[asked] = reading;
            owns[asked++] = &reading->own;
        }
    }
    events_own_pages(owns, asked);
    for (size_t i = 0; i < asked; i++) {
        readings[i]->has_page = true;
        if (owns[i]->rc == PRYV_UNSUPPORTED ||
            (readings[i]->question.with_deletions && owns[i]->deletions.rc == PRYV_UNSUPPORTED))
            continue;
        readings[i]->call->fetched = readings[i];
        readings[i]->call->fetched_much = events_own_size(owns[i]) > SHORT_ANSWER_BYTES;
    }
    pryv_arena_free(mem);
}

enum pryv_rc events_get(struct pryv_call *call, struct pryv_err *err)
{
    struct reading *reading = call->fetched ? call->fetched : reading_new(call);

    if (reading->planned != PRYV_OK) {
        *err = reading->err;
        return reading->planned;
    }
    return answer(reading, err);
}
