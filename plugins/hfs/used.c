/* used.c - see used.h.
 *
 * Mostly the first point has a value of every field. If not, chunks tell the names of their columns without being unpacked: one that overlaps with no other, and is in
 * the range whole, has points with a value of each. Of the others points are looked at, until the names are seen that only these have. */
#include "used.h"

struct search {
    struct reading *r;
    struct rows *rows;
    const struct chunk_ref *chunks;
    size_t count;
    bool **unsure;         /* of each chunk, the names that it has and yet might not show; NULL: none */
    struct chunk_ref *few; /* to look at */
    size_t few_count;
};

static bool is_alone(const struct search *s, size_t chunk, double end_before)
{
    const struct chunk_ref *c = &s->chunks[chunk];
    const struct reading *r = s->r;

    return end_before < c->from && (chunk + 1 == s->count || c->to < s->chunks[chunk + 1].from) &&
           (r->from == 0 || pryv_series_seconds(r->from) < c->from) && c->to < pryv_series_seconds(r->to);
}

static enum pryv_rc note_names(struct search *s, size_t chunk, bool alone, struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new(), *kept = s->r->call->arena;
    struct pryv_str bytes, *names;
    size_t count = 0;
    enum pryv_rc rc = merge_bytes(s->rows->merge, mem, &s->chunks[chunk], &bytes, err);

    if (rc == PRYV_OK)
        rc = pryv_series_names(mem, bytes, &names, &count, err);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        for (size_t k = 0; k < s->r->name_count; k++) {
            if (s->r->used[k] || !pryv_str_is(names[i], s->r->names[k]))
                continue;
            if (!alone && !s->unsure[chunk])
                s->unsure[chunk] = pryv_new_array(kept, bool, s->r->name_count);
            *(alone ? &s->r->used[k] : &s->unsure[chunk][k]) = true;
        }
    pryv_arena_free(mem);
    return rc;
}

static size_t count_unused(const struct reading *r)
{
    size_t unused = 0;

    for (size_t i = 0; i < r->name_count; i++)
        unused += !r->used[i];
    return unused;
}

static enum pryv_rc look_at_names(struct search *s, struct pryv_err *err)
{
    double end = -1;
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < s->count && count_unused(s->r); i++) {
        rc = note_names(s, i, is_alone(s, i, end), err);
        end = end > s->chunks[i].to ? end : s->chunks[i].to;
    }
    return rc;
}

static bool is_open(const struct search *s, size_t chunk)
{
    for (size_t k = 0; s->unsure[chunk] && k < s->r->name_count; k++)
        if (s->unsure[chunk][k] && !s->r->used[k])
            return true;
    return false;
}

/* Chunks that overlap are looked at together: one can hide what another has. */
static void pick(struct search *s)
{
    for (size_t first = 0, next; first < s->count; first = next) {
        double end = s->chunks[first].to;
        bool open = is_open(s, first);

        for (next = first + 1; next < s->count && s->chunks[next].from <= end; next++) {
            end = end > s->chunks[next].to ? end : s->chunks[next].to;
            open = open || is_open(s, next);
        }
        for (size_t i = first; open && i < next; i++)
            s->few[s->few_count++] = s->chunks[i];
    }
}

static void note_row(struct reading *r, const struct rows *rows)
{
    for (size_t i = 0; i < r->name_count; i++)
        r->used[i] = r->used[i] || rows_have(rows, i);
}

static size_t count_open(const struct search *s)
{
    size_t open = 0;

    for (size_t k = 0; k < s->r->name_count; k++)
        for (size_t i = 0; i < s->count; i++)
            if (!s->r->used[k] && s->unsure[i] && s->unsure[i][k]) {
                open++;
                break;
            }
    return open;
}

static enum pryv_rc look_at_points(struct search *s, struct pryv_err *err)
{
    size_t unused = count_unused(s->r), left = count_open(s);
    int more = 1;

    rows_only(s->rows, s->few, s->few_count);
    while (left && (more = rows_next(s->rows, err)) > 0) {
        note_row(s->r, s->rows);
        if (count_unused(s->r) < unused) {
            unused = count_unused(s->r);
            left = count_open(s);
        }
    }
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

static enum pryv_rc find_others(struct reading *r, struct rows *rows, struct pryv_err *err)
{
    struct search s = { .r = r, .rows = rows };
    enum pryv_rc rc;

    s.count = merge_chunks(rows->merge, &s.chunks);
    s.unsure = pryv_new_array(r->call->arena, bool *, s.count);
    rc = look_at_names(&s, err);
    if (rc != PRYV_OK || !count_open(&s))
        return rc;
    s.few = pryv_new_array(r->call->arena, struct chunk_ref, s.count);
    pick(&s);
    return look_at_points(&s, err);
}

enum pryv_rc used_find(struct reading *r, struct rows *rows, struct pryv_err *err)
{
    int more = rows_next(rows, err);
    enum pryv_rc rc = more < 0 ? (enum pryv_rc) more : PRYV_OK;

    r->any = more > 0;
    if (r->any) {
        r->first = rows_time(rows);
        note_row(r, rows);
    }
    if (r->any && count_unused(r))
        rc = find_others(r, rows, err);
    rows_rewind(rows);
    return rc;
}
