/* row.c - see row.h. One table tells which members of a struct are texts, so that copying is written once. */
#include "row.h"
#include "space.h"
#include <stdlib.h>

#define END SIZE_MAX
#define SHAPE(type, ...)               \
    {                                  \
        sizeof(type), (const size_t[]) \
        {                              \
            __VA_ARGS__, END           \
        }                              \
    }
#define AT(type, member) offsetof(struct type, member)

static const struct shape {
    size_t size;
    const size_t *texts; /* where they are in the struct */
} shapes[] = {
    [EVENT] = SHAPE(struct pryv_event, AT(pryv_event, id), AT(pryv_event, head_id), AT(pryv_event, stream_ids_json),
                    AT(pryv_event, type), AT(pryv_event, content_json), AT(pryv_event, description),
                    AT(pryv_event, client_data_json), AT(pryv_event, attachments_json), AT(pryv_event, integrity),
                    AT(pryv_event, created_by), AT(pryv_event, modified_by)),
    [STREAM] = SHAPE(struct pryv_stream, AT(pryv_stream, id), AT(pryv_stream, name), AT(pryv_stream, parent_id),
                     AT(pryv_stream, client_data_json), AT(pryv_stream, created_by), AT(pryv_stream, modified_by)),
    [DELETION] = SHAPE(struct pryv_deletion, AT(pryv_deletion, id)),
    [ACCESS] =
        SHAPE(struct pryv_access_row, AT(pryv_access_row, id), AT(pryv_access_row, head_id), AT(pryv_access_row, token),
              AT(pryv_access_row, type), AT(pryv_access_row, name), AT(pryv_access_row, device_name),
              AT(pryv_access_row, permissions_json), AT(pryv_access_row, client_data_json), AT(pryv_access_row, calls_json),
              AT(pryv_access_row, integrity), AT(pryv_access_row, created_by), AT(pryv_access_row, modified_by)),
    [SESSION] =
        SHAPE(struct pryv_session_row, AT(pryv_session_row, id), AT(pryv_session_row, username), AT(pryv_session_row, app_id)),
    [PASSWORD] = SHAPE(struct pryv_password_row, AT(pryv_password_row, hash), AT(pryv_password_row, created_by)),
    [ACCOUNT_FIELD] = SHAPE(struct pryv_account_field, AT(pryv_account_field, field), AT(pryv_account_field, value_json),
                            AT(pryv_account_field, created_by)),
    [WEBHOOK] = SHAPE(struct pryv_webhook_row, AT(pryv_webhook_row, id), AT(pryv_webhook_row, access_id),
                      AT(pryv_webhook_row, url), AT(pryv_webhook_row, state_json)),
    [SERIES_CHUNK] = SHAPE(struct pryv_series_chunk, AT(pryv_series_chunk, bytes)),
    [VALUE] = SHAPE(struct value, AT(value, key), AT(value, text), AT(value, owner), AT(value, ticket)),
};

static struct pryv_str *text_at(void *content, size_t offset)
{
    return (struct pryv_str *) ((char *) content + offset);
}

/* Moves the texts of the struct to `to`, one behind the other. */
static void adopt_texts(struct row *row, char *to)
{
    for (const size_t *at = shapes[row->kind].texts; *at != END; at++) {
        struct pryv_str *text = text_at(&row->event, *at);

        if (!text->data)
            continue;
        memcpy(to, text->data, text->len);
        text->data = to;
        to += text->len;
    }
}

struct row *row_new(enum row_kind kind, const void *content)
{
    static atomic_uint_fast64_t made;
    const struct shape *shape = &shapes[kind];
    size_t texts = 1; /* an empty text needs a place to point to as well */

    for (const size_t *at = shape->texts; *at != END; at++)
        texts += ((const struct pryv_str *) ((const char *) content + *at))->len;

    struct row *row = calloc(1, sizeof(*row) + texts);

    if (!row)
        abort();
    row->owners = 1;
    row->kind = kind;
    row->sequence = ++made;
    row->bytes = shape->size + texts;
    memcpy(&row->event, content, shape->size);
    adopt_texts(row, (char *) (row + 1));
    return row;
}

struct row *row_keep(struct row *row)
{
    atomic_fetch_add(&row->owners, 1);
    return row;
}

void row_release(struct row *row)
{
    if (atomic_fetch_sub(&row->owners, 1) > 1)
        return;
    if (row->kind == VALUE)
        space_release(row->value.space);
    free(row);
}

void row_read(const struct row *row, struct pryv_arena *mem, void *out)
{
    const struct shape *shape = &shapes[row->kind];

    memcpy(out, &row->event, shape->size);
    for (const size_t *at = shape->texts; *at != END; at++)
        *text_at(out, *at) = pryv_str_copy(mem, *text_at(out, *at));
}

size_t row_struct_size(enum row_kind kind)
{
    return shapes[kind].size;
}
