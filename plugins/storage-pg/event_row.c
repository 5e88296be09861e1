/* event_row.c - see event_row.h. */
#include "event_row.h"
#include <pryv/event_filter.h>
#include <stdlib.h>

enum { LIVE_COUNT = 16, EVENT_COUNT = 18 };

void event_row_read(const PGresult *answer, int at, struct pryv_event *row)
{
    int columns = PQnfields(answer);

    row->id = answer_text(answer, at, 0);
    row->stream_ids_json = answer_text(answer, at, 1);
    row->time = answer_number(answer, at, 2);
    row->duration = answer_number(answer, at, 3);
    row->running = answer_bool(answer, at, 4);
    row->type = answer_text(answer, at, 5);
    row->content_json = answer_text(answer, at, 6);
    row->description = answer_text(answer, at, 7);
    row->client_data_json = answer_text(answer, at, 8);
    row->attachments_json = answer_text(answer, at, 9);
    row->integrity = answer_text(answer, at, 10);
    row->created = answer_number(answer, at, 11);
    row->created_by = answer_text(answer, at, 12);
    row->modified = answer_number(answer, at, 13);
    row->modified_by = answer_text(answer, at, 14);
    row->trashed = columns >= LIVE_COUNT && answer_bool(answer, at, 15);
    row->head_id = columns >= EVENT_COUNT ? answer_text(answer, at, 16) : PRYV_STR_NONE;
    row->deleted = columns >= EVENT_COUNT ? answer_number(answer, at, 17) : PRYV_ABSENT;
}

void event_row_copy(struct pryv_arena *mem, struct pryv_event *row)
{
    struct pryv_str *const texts[] = { &row->id,           &row->head_id,     &row->stream_ids_json,  &row->type,
                                       &row->content_json, &row->description, &row->client_data_json, &row->attachments_json,
                                       &row->integrity,    &row->created_by,  &row->modified_by };

    for (size_t i = 0; i < PRYV_COUNT(texts); i++)
        *texts[i] = pryv_str_copy(mem, *texts[i]);
}

void event_row_put(struct call *call, const struct pryv_event *row)
{
    call_text(call, row->id);
    call_text(call, row->head_id);
    call_text(call, row->stream_ids_json);
    call_number(call, row->time);
    call_number(call, row->duration);
    call_bool(call, row->running);
    call_text(call, row->type);
    call_text(call, row->content_json);
    call_text(call, row->description);
    call_text(call, row->client_data_json);
    call_text(call, row->attachments_json);
    call_bool(call, row->trashed);
    call_number(call, row->deleted);
    call_text(call, row->integrity);
    call_number(call, row->created);
    call_text(call, row->created_by);
    call_number(call, row->modified);
    call_text(call, row->modified_by);
}

void event_streams_add(struct pryv_rows *streams, struct pryv_str stream_ids_json)
{
    struct pryv_text_list list = { stream_ids_json.data, stream_ids_json.data + stream_ids_json.len, NULL };
    struct pryv_str stream;

    while (stream_ids_json.data && pryv_text_list_next(&list, &stream))
        *(struct pryv_str *) pryv_rows_add(streams) = list.decoded ? pryv_str_copy(streams->mem, stream) : stream;
    free(list.decoded);
}

void event_streams_put(struct call *call, struct pryv_arena *mem, struct pryv_str stream_ids_json)
{
    struct pryv_rows streams = PRYV_ROWS(mem, struct pryv_str);

    event_streams_add(&streams, stream_ids_json);
    call_texts(call, mem, streams.items, streams.count);
}
