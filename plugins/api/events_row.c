/* events_row.c - one event as members of an answer, and as the text that its hash is made of. */
#include "attachments.h"
#include "events.h"
#include "older_prefix.h"

struct pryv_event event_none(void)
{
    return (struct pryv_event){
        .time = PRYV_ABSENT,
        .duration = PRYV_ABSENT,
        .deleted = PRYV_ABSENT,
        .created = PRYV_ABSENT,
        .modified = PRYV_ABSENT,
    };
}

/* ---- Attachments ------------------------------------------------------------------------------------------ */

static void write_attachments(struct pryv_json *js, struct pryv_arena *mem, const struct pryv_access *reader,
                              struct pryv_str list)
{
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_str secret;
    json_t *items, *item, *value;
    const char *key;
    size_t i;

    if (!list.data)
        return;
    pryv_json_key(js, "attachments");
    if (!reader || pryv_json_parse(mem, list, false, &items, &err) != PRYV_OK) {
        pryv_json_raw(js, list);
        return;
    }
    secret = api_self()->config->files_secret;
    pryv_json_array(js);
    json_array_foreach(items, i, item) {
        pryv_json_object(js);
        json_object_foreach(item, key, value)
            pryv_json_put_value(js, key, value);
        pryv_json_put_str(js, "readToken",
                          read_token_make(mem, secret, pryv_json_member_text(item, "id"), reader->row.id, reader->row.token));
        pryv_json_object_end(js);
    }
    pryv_json_array_end(js);
}

/* ---- The answer ------------------------------------------------------------------------------------------- */

static void write_duration(struct pryv_json *js, const struct pryv_event *row)
{
    if (row->running && !pryv_present(row->deleted)) {
        pryv_json_key(js, "duration");
        pryv_json_null(js);
    } else if (pryv_present(row->duration) && row->duration != 0) {
        pryv_json_put_number(js, "duration", row->duration);
    }
}

static void write_id(struct pryv_json *js, const struct pryv_event *row)
{
    pryv_json_put_str(js, "id", row->head_id.data ? row->head_id : row->id);
}

void event_write_changed(struct pryv_json *js, struct pryv_arena *mem, const struct pryv_access *reader,
                         const struct pryv_event *row, unsigned made)
{
    bool renamed;

    pryv_json_object(js);
    if (!(made & EVENT_NEW_ID))
        write_id(js, row);
    renamed = older_prefix_put_ids(js, "streamIds", row->stream_ids_json);
    pryv_json_put_number_if(js, "time", row->time);
    pryv_json_put_str_if(js, "type", row->type);
    pryv_json_put_raw_if(js, "content", row->content_json);
    pryv_json_put_str_if(js, "description", row->description);
    pryv_json_put_raw_if(js, "clientData", row->client_data_json);
    if (!(made & EVENT_NEW_FILES))
        write_attachments(js, mem, reader, row->attachments_json);
    if (!renamed)
        pryv_json_put_str_if(js, "integrity", row->integrity);
    if (row->trashed)
        pryv_json_put_bool(js, "trashed", true);
    pryv_json_put_number_if(js, "created", row->created);
    pryv_json_put_str_if(js, "createdBy", row->created_by);
    pryv_json_put_number_if(js, "modified", row->modified);
    pryv_json_put_str_if(js, "modifiedBy", row->modified_by);
    pryv_json_put_number_if(js, "deleted", row->deleted);
    write_duration(js, row);
    if (made & EVENT_NEW_ID)
        write_id(js, row);
    if (made & EVENT_NEW_FILES)
        write_attachments(js, mem, reader, row->attachments_json);
    pryv_json_object_end(js);
}

void event_write(struct pryv_json *js, struct pryv_arena *mem, const struct pryv_access *reader, const struct pryv_event *row)
{
    event_write_changed(js, mem, reader, row, 0);
}

struct pryv_str event_integrity(struct pryv_arena *mem, const struct pryv_event *row)
{
    return api_self()->config->event_integrity ? pryv_event_integrity(mem, row, NULL, NULL) : PRYV_STR_NONE;
}
