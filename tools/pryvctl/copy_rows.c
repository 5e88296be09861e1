/* copy_rows.c - rows of any kind by what their members are: which comes first, what differs, a copy. */
#include "copy_kinds.h"

/* ---- Order ------------------------------------------------------------------------------------------------- */

int order_texts(struct pryv_str a, struct pryv_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* What is not there comes first. */
int order_numbers(double a, double b)
{
    if (!pryv_present(a) || !pryv_present(b))
        return pryv_present(a) - pryv_present(b);
    return (a > b) - (a < b);
}

/* Rows of most kinds begin with their id. */
int order_ids(const void *a, const void *b)
{
    return order_texts(*(const struct pryv_str *) a, *(const struct pryv_str *) b);
}

struct pryv_str label_id(struct pryv_arena *mem PRYV_UNUSED, const void *row)
{
    return *(const struct pryv_str *) row;
}

/* ---- Members ----------------------------------------------------------------------------------------------- */

static struct pryv_str text_of(const struct member *member, const void *row)
{
    return *(const struct pryv_str *) ((const char *) row + member->offset);
}

static bool is_same_text(struct pryv_str a, struct pryv_str b)
{
    return !a.data == !b.data && pryv_str_is(a, b);
}

static bool is_same(const struct member *member, const void *a_, const void *b_)
{
    const void *a = (const char *) a_ + member->offset, *b = (const char *) b_ + member->offset;

    switch (member->type) {
    case MEMBER_TEXT: return is_same_text(text_of(member, a_), text_of(member, b_));
    case MEMBER_NUMBER: return order_numbers(*(const double *) a, *(const double *) b) == 0;
    case MEMBER_FLAG: return *(const bool *) a == *(const bool *) b;
    case MEMBER_COUNT: return *(const uint32_t *) a == *(const uint32_t *) b;
    }
    return false;
}

const char *rows_differ(const struct kind *kind, const void *a, const void *b)
{
    for (const struct member *member = kind->members; member->name; member++)
        if (!is_same(member, a, b))
            return member->name;
    return NULL;
}

size_t row_bytes(const struct kind *kind, const void *row)
{
    size_t bytes = kind->size;

    for (const struct member *member = kind->members; member->name; member++)
        if (member->type == MEMBER_TEXT)
            bytes += text_of(member, row).len;
    return bytes;
}

void row_copy(struct pryv_arena *mem, const struct kind *kind, void *to, const void *row)
{
    memcpy(to, row, kind->size);
    for (const struct member *member = kind->members; member->name; member++)
        if (member->type == MEMBER_TEXT)
            *(struct pryv_str *) ((char *) to + member->offset) = pryv_str_copy(mem, text_of(member, row));
}
