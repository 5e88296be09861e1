/* read.c - points of a series, sent while they are read. */
#include "caller.h"
#include "downsample.h"
#include "table.h"
#include "upkeep.h"
#include "used.h"
#include <stdlib.h>

/* ---- The range -------------------------------------------------------------------------------------- */

/* False: it is no number, or several. `*out` stays as it is where there is none. */
static bool read_number(const struct pryv_request *rq, const char *name, double *out, bool *given)
{
    struct pryv_str text = pryv_request_query(rq, name);

    *given = text.data != NULL;
    return !*given || (pryv_request_query_count(rq, name) == 1 && pryv_number_read(text, out));
}

static int64_t clamped(double seconds)
{
    int64_t time;

    if (seconds < 0)
        return 0;
    return pryv_series_nanoseconds(seconds, &time) ? time : INT64_MAX;
}

static enum pryv_rc bad_range(struct pryv_err *err, const char *why)
{
    return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "%s", why);
}

static enum pryv_rc read_range(struct reading *r, struct pryv_err *err)
{
    double from = 0, to = r->call->now;

    if (!read_number(r->call->request, "fromDeltaTime", &from, &r->from_given))
        return bad_range(err, "\"fromDeltaTime\" must be a number.");
    if (!read_number(r->call->request, "toDeltaTime", &to, &r->to_given))
        return bad_range(err, "\"toDeltaTime\" must be a number.");
    if (r->from_given && to < from)
        return bad_range(err, "\"toDeltaTime\" must not be smaller than \"fromDeltaTime\".");
    r->from = clamped(from);
    r->to = clamped(to);
    return PRYV_OK;
}

static enum pryv_rc read_buckets(struct reading *r, struct pryv_err *err)
{
    int64_t most = hfs_self()->config->max_points;
    double buckets = 0;
    bool given, is_number = read_number(r->call->request, "maxPoints", &buckets, &given);

    if (!given)
        return PRYV_OK;
    if (!is_number || !(buckets >= 1) || buckets > (double) most || buckets != floor(buckets))
        return pryv_refuse(err, 400, "invalid-parameters-format", NULL, "\"maxPoints\" must be a whole number from 1 to %lld.",
                           (long long) most);
    r->buckets = (size_t) buckets;
    return PRYV_OK;
}

/* ---- Columns ---------------------------------------------------------------------------------------- */

/* The fields as the event's own content tells them: they are there also when the catalogue has changed. */
static enum pryv_rc read_names(struct reading *r, struct pryv_err *err)
{
    json_t *content = NULL, *fields, *field;
    size_t i;

    if (r->event.content_json.data && pryv_str_starts(r->event.type, "series:") &&
        pryv_json_parse(r->call->arena, r->event.content_json, true, &content, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the stored content of an event is broken");
    fields = json_object_get(content, "fields");
    r->names = pryv_new_array(r->call->arena, struct pryv_str, json_array_size(fields));
    r->used = pryv_new_array(r->call->arena, bool, json_array_size(fields));
    json_array_foreach(fields, i, field)
        if (!pryv_str_equal(pryv_json_text_of(field), "deltaTime"))
            r->names[r->name_count++] = pryv_json_text_of(field);
    return PRYV_OK;
}

static void look_at_chunks(struct reading *r, const struct merge *merge)
{
    const struct hfs *hfs = hfs_self();
    const struct chunk_ref *chunks;
    size_t count = merge_chunks(merge, &chunks), fragments = 0;
    struct span span = SPAN_NONE;

    for (size_t i = 0; i < count; i++) {
        if (2 * (int64_t) chunks[i].points < hfs->config->chunk_points || (i && chunks[i].from <= r->chunks_end)) {
            span = span_of_both(span, (struct span){ chunks[i].from, chunks[i].to });
            fragments++;
        }
        r->chunks_end = i && r->chunks_end > chunks[i].to ? r->chunks_end : chunks[i].to;
    }
    if (fragments >= (size_t) hfs->config->merge_chunks)
        upkeep_found(hfs->upkeep, r->call->user->id, r->event.id, fragments, span);
}

/* ---- The answer ------------------------------------------------------------------------------------- */

static void write_fields(const struct reading *r, struct table *table)
{
    if (r->any || table->csv)
        table_name(table, PRYV_STR("deltaTime"));
    for (size_t i = 0; i < r->name_count; i++)
        if (r->used[i])
            table_name(table, r->names[i]);
    table_begin_lines(table);
}

static void write_value(struct table *table, const struct pryv_series_column *column, size_t index)
{
    if (column->kind == PRYV_SERIES_NUMBER)
        table_number(table, column->numbers[index]);
    else if (column->kind == PRYV_SERIES_TEXT)
        table_text(table, column->texts[index]);
    else
        table_bool(table, column->bools[index]);
}

static void write_point(const struct reading *r, struct table *table, const struct rows *rows)
{
    table_begin_line(table);
    table_number(table, pryv_series_seconds(rows_time(rows)));
    for (size_t i = 0; i < r->name_count; i++) {
        if (!r->used[i])
            continue;
        if (rows_have(rows, i))
            write_value(table, rows->columns[i], rows->index);
        else
            table_nothing(table);
    }
    table_end_line(table);
}

static enum pryv_rc write_points(const struct reading *r, struct table *table, struct rows *rows, struct pryv_err *err)
{
    int more;

    while ((more = rows_next(rows, err)) > 0 && table_failed(table) == PRYV_OK)
        write_point(r, table, rows);
    return more < 0 ? (enum pryv_rc) more : table_failed(table);
}

static enum pryv_rc answer_rows(struct reading *r, struct rows *rows, struct pryv_err *err)
{
    struct table table;
    enum pryv_rc rc = used_find(r, rows, err);

    if (rc != PRYV_OK)
        return rc;
    look_at_chunks(r, rows->merge);
    if (r->buckets)
        return answer_buckets(r, rows, err);
    table_begin(&table, r->call, "flatJSON");
    write_fields(r, &table);
    rc = write_points(r, &table, rows, err);
    return rc == PRYV_OK ? table_end(&table) : rc;
}

static enum pryv_rc answer(struct reading *r, struct pryv_err *err)
{
    struct rows rows;
    enum pryv_rc rc;

    if ((rc = read_names(r, err)) != PRYV_OK || (rc = rows_open(&rows, r, r->from, err)) != PRYV_OK)
        return rc;
    rc = answer_rows(r, &rows, err);
    rows_close(&rows);
    return rc;
}

enum pryv_rc series_read(struct pryv_call *call, struct pryv_err *err)
{
    struct reading r = { .call = call };
    bool elsewhere;
    enum pryv_rc rc = caller_load(call, 401, &elsewhere, err);

    if (rc != PRYV_OK || elsewhere || (rc = caller_open(call, PRYV_READ, &r.session, err)) != PRYV_OK)
        return rc;
    if ((rc = caller_event(call, r.session, pryv_request_path_param(call->request, "id"), &r.event, err)) == PRYV_OK &&
        (rc = caller_may_read(call, &r.event, err)) == PRYV_OK && (rc = read_range(&r, err)) == PRYV_OK &&
        (rc = read_buckets(&r, err)) == PRYV_OK)
        rc = answer(&r, err);
    hfs_self()->storage->close(r.session);
    return rc;
}
