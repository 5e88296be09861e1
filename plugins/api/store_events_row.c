/* store_events_row.c - the two shapes of an event of another store; see store_events.h. */
#include "store_events.h"

/* ---- From the store ----------------------------------------------------------------------------------------- */

static bool streams_are_texts(const json_t *list)
{
    const json_t *id;
    size_t i;

    json_array_foreach(list, i, id)
        if (!pryv_json_text_of(id).len)
            return false;
    return json_array_size(list) > 0;
}

static bool attachments_are_such(const json_t *list)
{
    const json_t *item;
    size_t i;

    if (list && !json_is_null(list) && !json_is_array(list))
        return false;
    json_array_foreach(list, i, item)
        if (!pryv_json_member_text(item, "id").len || !pryv_json_member_text(item, "fileName").data)
            return false;
    return true;
}

static bool is_event(const json_t *event)
{
    return pryv_json_member_text(event, "id").len && streams_are_texts(json_object_get(event, "streamIds")) &&
           pryv_present(pryv_json_member_number(event, "time")) && pryv_json_member_text(event, "type").len &&
           attachments_are_such(json_object_get(event, "attachments"));
}

static struct pryv_str full_streams(struct pryv_arena *mem, const struct store *store, const json_t *list)
{
    struct pryv_json *js = pryv_json_new(mem);
    const json_t *id;
    size_t i;

    pryv_json_array(js);
    json_array_foreach(list, i, id)
        pryv_json_str(js, store_full_id(mem, store, pryv_json_text_of(id)));
    pryv_json_array_end(js);
    return pryv_json_text(js);
}

/* The duration as it was given, when it says the same as the end; else what lies between the times. */
static void set_duration(struct pryv_event *row, const json_t *event)
{
    const json_t *end = json_object_get(event, "endTime"), *given = json_object_get(event, "duration");
    double duration = json_is_number(given) ? json_number_value(given) : 0;

    row->running = end ? json_is_null(end) : json_is_null(given);
    if (json_is_number(end) && row->time + duration != json_number_value(end))
        duration = json_number_value(end) - row->time;
    row->duration = row->running || duration == 0 ? PRYV_ABSENT : duration;
}

static struct pryv_str dump_if(struct pryv_arena *mem, const json_t *value)
{
    return value && !json_is_null(value) ? pryv_json_dump(mem, value) : PRYV_STR_NONE;
}

enum pryv_rc store_event_row(struct pryv_arena *mem, const struct store *store, const json_t *event, struct pryv_event *out,
                             struct pryv_err *err)
{
    const json_t *files = json_object_get(event, "attachments"), *client_data = json_object_get(event, "clientData");

    if (!is_event(event))
        return store_garbage(store, "an event without id, streams, time or type, or with broken attachments", err);
    *out = (struct pryv_event){
        .id = store_full_id(mem, store, pryv_json_member_text(event, "id")),
        .stream_ids_json = full_streams(mem, store, json_object_get(event, "streamIds")),
        .time = pryv_json_member_number(event, "time"),
        .type = pryv_json_member_text(event, "type"),
        .content_json = dump_if(mem, json_object_get(event, "content")),
        .description = pryv_json_member_text(event, "description"),
        .client_data_json = json_is_object(client_data) ? pryv_json_dump(mem, client_data) : PRYV_STR_NONE,
        .attachments_json = json_array_size(files) ? pryv_json_dump(mem, files) : PRYV_STR_NONE,
        .trashed = pryv_json_member_true(event, "trashed"),
        .deleted = pryv_json_member_number(event, "deleted"),
        .integrity = pryv_json_member_text(event, "integrity"),
        .created = pryv_json_member_number(event, "created"),
        .created_by = pryv_json_member_text(event, "createdBy"),
        .modified = pryv_json_member_number(event, "modified"),
        .modified_by = pryv_json_member_text(event, "modifiedBy"),
    };
    set_duration(out, event);
    return PRYV_OK;
}

/* ---- To the store ---------------------------------------------------------------------------------------------- */

static void put_text(json_t *object, const char *key, struct pryv_str text)
{
    json_object_set_new(object, key, text.data ? pryv_json_string(text) : json_null());
}

static void put_number(json_t *object, const char *key, double number)
{
    json_object_set_new(object, key, pryv_present(number) ? json_real(number) : json_null());
}

static enum pryv_rc put_json(struct pryv_arena *mem, json_t *object, const char *key, struct pryv_str text, struct pryv_err *err)
{
    json_t *value = json_null();
    enum pryv_rc rc = text.data ? pryv_json_parse(mem, text, true, &value, err) : PRYV_OK;

    if (rc == PRYV_OK)
        json_object_set(object, key, value);
    return rc;
}

static struct pryv_str inside_of(struct pryv_str id)
{
    struct pryv_str inside = id;

    (void) store_of(api_self()->stores, id, &inside);
    return inside;
}

static enum pryv_rc put_streams(struct pryv_arena *mem, json_t *object, const struct pryv_event *row, struct pryv_err *err)
{
    struct event_streams streams;
    enum pryv_rc rc = event_streams(mem, row, &streams, err);
    json_t *list = json_array();

    for (size_t i = 0; rc == PRYV_OK && i < streams.count; i++)
        json_array_append_new(list, pryv_json_string(inside_of(streams.ids[i])));
    json_object_set_new(object, "streamIds", list);
    return rc;
}

static void put_duration(json_t *object, const struct pryv_event *row)
{
    double duration = pryv_present(row->duration) ? row->duration : 0;

    put_number(object, "endTime", row->running ? PRYV_ABSENT : row->time + duration);
    if (duration != 0)
        put_number(object, "duration", duration);
}

enum pryv_rc store_event_json(struct pryv_arena *mem, const struct pryv_event *row, json_t **out, struct pryv_err *err)
{
    json_t *event = json_object();
    enum pryv_rc rc;

    put_text(event, "id", inside_of(row->id));
    rc = put_streams(mem, event, row, err);
    put_number(event, "time", row->time);
    put_duration(event, row);
    put_text(event, "type", row->type);
    if (rc == PRYV_OK)
        rc = put_json(mem, event, "content", row->content_json, err);
    put_text(event, "description", row->description);
    if (rc == PRYV_OK)
        rc = put_json(mem, event, "clientData", row->client_data_json, err);
    if (rc == PRYV_OK)
        rc = put_json(mem, event, "attachments", row->attachments_json, err);
    json_object_set_new(event, "trashed", json_boolean(row->trashed));
    put_number(event, "deleted", row->deleted);
    put_text(event, "integrity", row->integrity);
    put_number(event, "created", row->created);
    put_text(event, "createdBy", row->created_by);
    put_number(event, "modified", row->modified);
    put_text(event, "modifiedBy", row->modified_by);
    if (rc == PRYV_OK)
        *out = event;
    else
        json_decref(event);
    return rc;
}
