/* stream_branch.c - see stream_branch.h. */
#include "stream_branch.h"
#include <stdlib.h>

static int compare(struct pryv_str a, struct pryv_str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_parent(const void *a, const void *b)
{
    return compare((*(const struct pryv_stream *const *) a)->parent_id, (*(const struct pryv_stream *const *) b)->parent_id);
}

static int by_text(const void *a, const void *b)
{
    return compare(**(const struct pryv_str *const *) a, **(const struct pryv_str *const *) b);
}

/* The first of the rows, sorted by parent, that has this parent or a later one. */
static size_t first_child(const struct pryv_stream *const *rows, size_t count, struct pryv_str parent_id)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (compare(rows[middle]->parent_id, parent_id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Every row has one parent, so only the top could be met twice, when stored parents close a circle. */
static void add_children(struct stream_branch *branch, const struct pryv_stream *const *rows, size_t count,
                         struct pryv_str parent_id)
{
    for (size_t i = first_child(rows, count, parent_id); i < count && pryv_str_is(rows[i]->parent_id, parent_id); i++)
        if (!pryv_str_is(rows[i]->id, branch->ids[0]))
            branch->ids[branch->count++] = rows[i]->id;
}

void stream_branch_of(struct pryv_arena *mem, const struct pryv_stream *rows, size_t count, struct pryv_str top,
                      struct stream_branch *out)
{
    const struct pryv_stream **sorted = pryv_new_array(mem, const struct pryv_stream *, count);

    for (size_t i = 0; i < count; i++)
        sorted[i] = &rows[i];
    qsort(sorted, count, sizeof(const struct pryv_stream *), by_parent);
    out->ids = pryv_new_array(mem, struct pryv_str, count + 1);
    out->ids[0] = top;
    out->count = 1;
    for (size_t i = 0; i < out->count; i++)
        add_children(out, sorted, count, out->ids[i]);
    out->sorted = pryv_new_array(mem, const struct pryv_str *, out->count);
    for (size_t i = 0; i < out->count; i++)
        out->sorted[i] = &out->ids[i];
    qsort(out->sorted, out->count, sizeof(const struct pryv_str *), by_text);
}

bool stream_branch_has(const struct stream_branch *branch, struct pryv_str id)
{
    const struct pryv_str *wanted = &id;

    return bsearch(&wanted, branch->sorted, branch->count, sizeof(const struct pryv_str *), by_text);
}

enum pryv_rc stream_branch_load(struct pryv_session *session, struct pryv_arena *mem, struct pryv_str top,
                                struct stream_branch *out, struct pryv_err *err)
{
    struct pryv_stream *rows;
    size_t count;
    enum pryv_rc rc = api_self()->storage->streams_all(session, mem, &rows, &count, err);

    if (rc == PRYV_OK)
        stream_branch_of(mem, rows, count, top, out);
    return rc;
}
