/* event_row.h - the columns of an event, in one order for every statement, which may leave out the last of them. */
#ifndef STORAGE_PG_EVENT_ROW_H
#define STORAGE_PG_EVENT_ROW_H

#include "call.h"
#include <pryv/rows.h>
#include <pryv/storage.h>

/* What is the same for all rows that a statement asks for does not travel: of live events that they are no version and not deleted, of those out of
 * the trash that they are. */
#define UNTRASHED_COLUMNS UNTRASHED_COLUMNS_AT("e.time", "e.id")
#define LIVE_COLUMNS      LIVE_COLUMNS_AT("e.time", "e.id")
#define EVENT_COLUMNS     LIVE_COLUMNS ", e.head_id, e.deleted"

/* With time and id from where the order of rows is known, which the same columns of the event are not. */
#define UNTRASHED_COLUMNS_AT(time, id)                                                                               \
    id " AS id, e.stream_ids_json, " time " AS time, e.duration, e.running, e.type, e.content_json, e.description, " \
       "e.client_data_json, e.attachments_json, e.integrity, e.created, e.created_by, e.modified, e.modified_by"
#define LIVE_COLUMNS_AT(time, id) UNTRASHED_COLUMNS_AT(time, id) ", e.trashed"

/* As they are written: the user, then those of event_row_put. */
#define EVENT_WRITTEN_COLUMNS                                                                                                 \
    "user_number, id, head_id, stream_ids_json, time, duration, running, type, content_json, description, client_data_json, " \
    "attachments_json, trashed, deleted, integrity, created, created_by, modified, modified_by"

/* Those that last longer are in an index of their own. Part of a step of migrations.c, which is never changed. */
#define LONG_SECONDS "86400"

#define LIVE_EVENT "deleted IS NULL AND head_id IS NULL"

/* By the columns that the answer has. Texts are the answer's. */
void event_row_read(const PGresult *answer, int at, struct pryv_event *row);
void event_row_copy(struct pryv_arena *mem, struct pryv_event *row);
/* In the order above. */
void event_row_put(struct call *call, const struct pryv_event *row);
/* The streams of a list in JSON, added to a list of struct pryv_str; or as an array that is built in `mem`. */
void event_streams_add(struct pryv_rows *streams, struct pryv_str stream_ids_json);
void event_streams_put(struct call *call, struct pryv_arena *mem, struct pryv_str stream_ids_json);

static inline bool event_is_live(const struct pryv_event *row)
{
    return !row->head_id.data && !pryv_present(row->deleted);
}

#endif
