/* event_row.h - the columns of an event, in one order for every statement. */
#ifndef STORAGE_SQLITE_EVENT_ROW_H
#define STORAGE_SQLITE_EVENT_ROW_H

#include "session.h"

#define EVENT_COLUMNS                                                                                              \
    "id, head_id, stream_ids_json, e.time, duration, running, type, content_json, description, client_data_json, " \
    "attachments_json, trashed, deleted, integrity, created, created_by, modified, modified_by"
enum { EVENT_COLUMN_COUNT = 18 };

#define LIVE_EVENT "deleted IS NULL AND head_id IS NULL"

/* Texts are the statement's: until its next step. */
void event_row_read(sqlite3_stmt *statement, struct pryv_event *row);
void event_row_copy(struct pryv_arena *mem, struct pryv_event *row);
/* In the order above, from ?1. */
void event_row_bind(sqlite3_stmt *statement, const struct pryv_event *row);

static inline bool event_is_live(const struct pryv_event *row)
{
    return !row->head_id.data && !pryv_present(row->deleted);
}

#endif
