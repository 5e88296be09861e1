/* event_row.c - see event_row.h. */
#include "event_row.h"
#include <stdlib.h>

void event_row_read(sqlite3_stmt *statement, struct pryv_event *row)
{
    row->id = column_text(statement, 0);
    row->head_id = column_text(statement, 1);
    row->stream_ids_json = column_text(statement, 2);
    row->time = column_number(statement, 3);
    row->duration = column_number(statement, 4);
    row->running = sqlite3_column_int(statement, 5) != 0;
    row->type = column_text(statement, 6);
    row->content_json = column_text(statement, 7);
    row->description = column_text(statement, 8);
    row->client_data_json = column_text(statement, 9);
    row->attachments_json = column_text(statement, 10);
    row->trashed = sqlite3_column_int(statement, 11) != 0;
    row->deleted = column_number(statement, 12);
    row->integrity = column_text(statement, 13);
    row->created = column_number(statement, 14);
    row->created_by = column_text(statement, 15);
    row->modified = column_number(statement, 16);
    row->modified_by = column_text(statement, 17);
}

void event_row_copy(struct pryv_arena *mem, struct pryv_event *row)
{
    struct pryv_str *const texts[] = { &row->id,           &row->head_id,     &row->stream_ids_json,  &row->type,
                                       &row->content_json, &row->description, &row->client_data_json, &row->attachments_json,
                                       &row->integrity,    &row->created_by,  &row->modified_by };

    for (size_t i = 0; i < PRYV_COUNT(texts); i++)
        *texts[i] = pryv_str_copy(mem, *texts[i]);
}

void event_row_bind(sqlite3_stmt *statement, const struct pryv_event *row)
{
    bind_text(statement, 1, row->id);
    bind_text(statement, 2, row->head_id);
    bind_text(statement, 3, row->stream_ids_json);
    bind_number(statement, 4, row->time);
    bind_number(statement, 5, row->duration);
    sqlite3_bind_int(statement, 6, row->running);
    bind_text(statement, 7, row->type);
    bind_text(statement, 8, row->content_json);
    bind_text(statement, 9, row->description);
    bind_text(statement, 10, row->client_data_json);
    bind_text(statement, 11, row->attachments_json);
    sqlite3_bind_int(statement, 12, row->trashed);
    bind_number(statement, 13, row->deleted);
    bind_text(statement, 14, row->integrity);
    bind_number(statement, 15, row->created);
    bind_text(statement, 16, row->created_by);
    bind_number(statement, 17, row->modified);
    bind_text(statement, 18, row->modified_by);
}

/* ---- A list of texts ------------------------------------------------------------------------- */

static unsigned hex4(const char *digits)
{
    unsigned value = 0;

    for (int i = 0; i < 4; i++) {
        char c = digits[i];

        value = value * 16 + (unsigned) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static char *put_utf8(char *out, unsigned code)
{
    if (code < 0x80) {
        *out++ = (char) code;
    } else if (code < 0x800) {
        *out++ = (char) (0xc0 | code >> 6);
        *out++ = (char) (0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        *out++ = (char) (0xe0 | code >> 12);
        *out++ = (char) (0x80 | (code >> 6 & 0x3f));
        *out++ = (char) (0x80 | (code & 0x3f));
    } else {
        *out++ = (char) (0xf0 | code >> 18);
        *out++ = (char) (0x80 | (code >> 12 & 0x3f));
        *out++ = (char) (0x80 | (code >> 6 & 0x3f));
        *out++ = (char) (0x80 | (code & 0x3f));
    }
    return out;
}

/* The text is JSON that was written by us: only what lies beyond its end is guarded against. */
static struct pryv_str decode(struct text_list *list, const char *at, const char *end)
{
    static const char letters[] = "b\bf\fn\nr\rt\t";
    char *out = realloc(list->decoded, (size_t) (end - at) + 1);

    if (!out)
        abort();
    list->decoded = out;
    while (at < end) {
        if (*at != '\\' || at + 1 == end) {
            *out++ = *at++;
        } else if (at[1] == 'u' && end - at >= 6) {
            unsigned code = hex4(at + 2);

            at += 6;
            if (code >= 0xd800 && code < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
                code = 0x10000 + ((code - 0xd800) << 10) + (hex4(at + 2) - 0xdc00);
                at += 6;
            }
            out = put_utf8(out, code);
        } else {
            const char *known = strchr(letters, at[1]);

            *out++ = known && *known && (known - letters) % 2 == 0 ? known[1] : at[1];
            at += 2;
        }
    }
    return pryv_str_n(list->decoded, (size_t) (out - list->decoded));
}

bool text_list_next(struct text_list *list, struct pryv_str *out)
{
    const char *start = list->at < list->end ? memchr(list->at, '"', (size_t) (list->end - list->at)) : NULL;
    bool escapes = false;

    if (!start)
        return false;

    const char *at = ++start;

    while (at < list->end && *at != '"') {
        if (*at == '\\') {
            escapes = true;
            at++;
        }
        at++;
    }
    if (at >= list->end)
        return false;
    list->at = at + 1;
    *out = escapes ? decode(list, start, at) : pryv_str_n(start, (size_t) (at - start));
    return true;
}
