/* downsample.c - what a plot of many points needs: the range in equal parts, and of each part that has points how many, and of each field the least and the
 * greatest value, the mean, and how many. The points are read once and in order, so that only the part at hand is kept. */
#include "downsample.h"
#include "table.h"

/* Seconds of a chunk are rounded: at 2^63 nanoseconds to 2^11 of them. */
enum { ROUNDED_NANOSECONDS = 4096 };

struct sums { /* of one field in one bucket */
    uint64_t count;
    double least, greatest;
    long double sum; /* no sum of doubles is beyond its range */
};

struct buckets {
    const struct reading *r;
    struct table table;
    int64_t from;
    uint64_t span; /* nanoseconds; > 0 */
    size_t at;     /* the bucket at hand */
    uint64_t points;
    bool *text; /* the field has texts: values are counted */
    struct sums *sums;
};

/* ---- Which bucket ------------------------------------------------------------------------------------- */

static size_t bucket_of(const struct buckets *b, int64_t time)
{
    size_t bucket = (size_t) ((unsigned __int128) (uint64_t) (time - b->from) * b->r->buckets / b->span);

    return bucket < b->r->buckets ? bucket : b->r->buckets - 1; /* the very last nanosecond has none after it */
}

/* The first moment for which bucket_of tells `bucket`. */
static int64_t beginning_of(const struct buckets *b, size_t bucket)
{
    unsigned __int128 scaled = (unsigned __int128) bucket * b->span;

    return b->from + (int64_t) ((scaled + b->r->buckets - 1) / b->r->buckets);
}

/* ---- The range ---------------------------------------------------------------------------------------- */

/* Mostly a few points of the last chunk tell; where chunks reach beyond the range, all points do. */
static enum pryv_rc find_last(const struct reading *r, int64_t *out, struct pryv_err *err)
{
    int64_t near = 0;

    if (!pryv_series_nanoseconds(r->chunks_end, &near))
        near = INT64_MAX;
    *out = -1;
    for (int tries = 0; tries < 2 && *out < 0; tries++) {
        int64_t from = tries == 0 && near - ROUNDED_NANOSECONDS > r->from ? near - ROUNDED_NANOSECONDS : r->from;
        struct rows rows;
        enum pryv_rc rc = rows_open(&rows, r, from, err);
        int more = 0;

        if (rc != PRYV_OK)
            return rc;
        while ((more = rows_next(&rows, err)) > 0)
            *out = rows_time(&rows);
        rows_close(&rows);
        if (more < 0)
            return (enum pryv_rc) more;
    }
    return PRYV_OK;
}

static enum pryv_rc find_span(struct buckets *b, struct pryv_err *err)
{
    const struct reading *r = b->r;
    int64_t to = r->to, last;
    enum pryv_rc rc;

    if (!r->to_given) {
        if ((rc = find_last(r, &last, err)) != PRYV_OK)
            return rc;
        to = last < INT64_MAX ? last + 1 : last;
    }
    b->from = r->from_given ? r->from : r->first;
    b->span = to > b->from ? (uint64_t) (to - b->from) : 1;
    return PRYV_OK;
}

/* ---- Lines -------------------------------------------------------------------------------------------- */

static enum pryv_rc find_texts(struct buckets *b, struct pryv_err *err)
{
    const struct reading *r = b->r;
    const struct hfs *hfs = hfs_self();
    struct pryv_series_field *fields;
    size_t count;
    enum pryv_rc rc = hfs->events->fields(hfs->events_self, r->call->arena, r->event.type, &fields, &count, err);

    if (rc == PRYV_NOT_FOUND) /* a type that is in the catalogue no more: what is a number will show */
        return PRYV_OK;
    for (size_t i = 0; rc == PRYV_OK && i < r->name_count; i++)
        for (size_t j = 0; j < count; j++)
            if (pryv_str_is(r->names[i], fields[j].name))
                b->text[i] = fields[j].kind == PRYV_FIELD_TEXT;
    return rc;
}

static void write_name(struct buckets *b, struct pryv_str field, const char *what)
{
    table_name(&b->table, pryv_format(b->r->call->arena, "%.*s.%s", PRYV_STR_ARG(field), what));
}

static void write_names(struct buckets *b)
{
    table_name(&b->table, PRYV_STR("deltaTime"));
    table_name(&b->table, PRYV_STR("toDeltaTime"));
    table_name(&b->table, PRYV_STR("count"));
    for (size_t i = 0; i < b->r->name_count; i++) {
        if (!b->r->used[i])
            continue;
        write_name(b, b->r->names[i], "count");
        if (b->text[i])
            continue;
        write_name(b, b->r->names[i], "min");
        write_name(b, b->r->names[i], "max");
        write_name(b, b->r->names[i], "mean");
    }
    table_begin_lines(&b->table);
}

static void write_sums(struct buckets *b, const struct sums *sums)
{
    double mean = sums->count ? (double) (sums->sum / (long double) sums->count) : 0;

    if (sums->count == 0) {
        table_nothing(&b->table);
        table_nothing(&b->table);
        table_nothing(&b->table);
        return;
    }
    table_number(&b->table, sums->least);
    table_number(&b->table, sums->greatest);
    table_number(&b->table, fmin(fmax(mean, sums->least), sums->greatest)); /* whatever was rounded */
}

static void write_bucket(struct buckets *b)
{
    if (b->points == 0)
        return;
    table_begin_line(&b->table);
    table_number(&b->table, pryv_series_seconds(beginning_of(b, b->at)));
    table_number(&b->table, pryv_series_seconds(beginning_of(b, b->at + 1)));
    table_number(&b->table, (double) b->points);
    for (size_t i = 0; i < b->r->name_count; i++) {
        if (!b->r->used[i])
            continue;
        table_number(&b->table, (double) b->sums[i].count);
        if (!b->text[i])
            write_sums(b, &b->sums[i]);
        b->sums[i] = (struct sums){ .count = 0 };
    }
    table_end_line(&b->table);
    b->points = 0;
}

/* ---- Points ------------------------------------------------------------------------------------------- */

static void add_number(struct sums *sums, double number)
{
    sums->least = sums->count == 0 || number < sums->least ? number : sums->least;
    sums->greatest = sums->count == 0 || number > sums->greatest ? number : sums->greatest;
    sums->sum += (long double) number;
    sums->count++;
}

static void add_value(struct buckets *b, size_t field, const struct pryv_series_column *column, size_t index)
{
    if (b->text[field])
        b->sums[field].count++;
    else if (column->kind == PRYV_SERIES_NUMBER)
        add_number(&b->sums[field], column->numbers[index]);
    else if (column->kind == PRYV_SERIES_BOOL)
        add_number(&b->sums[field], column->bools[index] ? 1 : 0);
}

static void add_point(struct buckets *b, const struct rows *rows)
{
    size_t bucket = bucket_of(b, rows_time(rows));

    if (bucket != b->at)
        write_bucket(b);
    b->at = bucket;
    b->points++;
    for (size_t i = 0; i < b->r->name_count; i++)
        if (rows_have(rows, i))
            add_value(b, i, rows->columns[i], rows->index);
}

static enum pryv_rc write_buckets(struct buckets *b, struct rows *rows, struct pryv_err *err)
{
    int more;

    while ((more = rows_next(rows, err)) > 0 && table_failed(&b->table) == PRYV_OK)
        add_point(b, rows);
    if (more < 0)
        return (enum pryv_rc) more;
    write_bucket(b);
    return table_failed(&b->table);
}

enum pryv_rc answer_buckets(const struct reading *r, struct rows *rows, struct pryv_err *err)
{
    struct buckets b = { .r = r, .span = 1 };
    enum pryv_rc rc = PRYV_OK;

    b.text = pryv_new_array(r->call->arena, bool, r->name_count);
    b.sums = pryv_new_array(r->call->arena, struct sums, r->name_count);
    if (r->any && ((rc = find_texts(&b, err)) != PRYV_OK || (rc = find_span(&b, err)) != PRYV_OK))
        return rc;
    table_begin(&b.table, r->call, "bucketJSON");
    write_names(&b);
    rc = write_buckets(&b, rows, err);
    return rc == PRYV_OK ? table_end(&b.table) : rc;
}
