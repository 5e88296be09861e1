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
