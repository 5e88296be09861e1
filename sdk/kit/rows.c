/* rows.c - rows to write, and comparing what comes back. */
#include "kit.h"

struct pryv_event kit_event(struct check *c, const char *id, const char *stream, double time)
{
    return (struct pryv_event){
        .id = pryv_str(id),
        .stream_ids_json = kit_text(c, "[\"%s\"]", stream),
        .time = time,
        .duration = PRYV_ABSENT,
        .type = PRYV_STR("note/txt"),
        .content_json = PRYV_STR("\"hello\""),
        .deleted = PRYV_ABSENT,
        .created = 1000.25,
        .created_by = PRYV_STR("someone"),
        .modified = 1000.25,
        .modified_by = PRYV_STR("someone"),
    };
}

struct pryv_stream kit_stream(const char *id, const char *name, const char *parent)
{
    return (struct pryv_stream){
        .id = pryv_str(id),
        .name = pryv_str(name),
        .parent_id = pryv_str(parent),
        .created = 1000.25,
        .created_by = PRYV_STR("someone"),
        .modified = 1000.5,
        .modified_by = PRYV_STR("someone else"),
    };
}

struct pryv_access_row kit_access(const char *id, const char *token, const char *name)
{
    return (struct pryv_access_row){
        .id = pryv_str(id),
        .token = pryv_str(token),
        .type = PRYV_STR("shared"),
        .name = pryv_str(name),
        .permissions_json = PRYV_STR("[{\"streamId\":\"diary\",\"level\":\"read\"}]"),
        .expires = PRYV_ABSENT,
        .last_used = PRYV_ABSENT,
        .created = 1000.25,
        .created_by = PRYV_STR("someone"),
        .modified = 1000.5,
        .modified_by = PRYV_STR("someone else"),
        .deleted = PRYV_ABSENT,
    };
}

struct pryv_event_query kit_query(void)
{
    return (struct pryv_event_query){
        .state = PRYV_STATE_ALL,
        .from = PRYV_ABSENT,
        .to = PRYV_ABSENT,
        .modified_since = PRYV_ABSENT,
        .any_stream = true,
        .ascending = true,
        .limit = UINT64_MAX,
    };
}

/* ---- Comparing -------------------------------------------------------------------------------- */

enum { SHOWN = 60 };

void kit_same_text(struct check *c, const char *what, struct pryv_str found, struct pryv_str expected)
{
    EXPECT(!found.data == !expected.data, "%s: expected %s, found %s", what, expected.data ? "a text" : "none",
           found.data ? "a text" : "none");
    EXPECT(pryv_str_is(found, expected), "%s: expected %zu bytes \"%.*s\", found %zu bytes \"%.*s\"", what, expected.len,
           (int) (expected.len < SHOWN ? expected.len : SHOWN), expected.data, found.len,
           (int) (found.len < SHOWN ? found.len : SHOWN), found.data);
}

/* 0 and -0 are the same; so are two absent ones. */
void kit_same_number(struct check *c, const char *what, double found, double expected)
{
    EXPECT(pryv_present(found) == pryv_present(expected), "%s: expected %.17g, found %.17g", what, expected, found);
    EXPECT(!pryv_present(found) || found == expected, "%s: expected %.17g, found %.17g", what, expected, found);
}

void kit_same_event(struct check *c, const struct pryv_event *found, const struct pryv_event *expected)
{
    kit_same_text(c, "the event's id", found->id, expected->id);
    kit_same_text(c, "the event's head_id", found->head_id, expected->head_id);
    kit_same_text(c, "the event's stream_ids_json", found->stream_ids_json, expected->stream_ids_json);
    kit_same_number(c, "the event's time", found->time, expected->time);
    kit_same_number(c, "the event's duration", found->duration, expected->duration);
    EXPECT(found->running == expected->running, "the event's running: expected %d", expected->running);
    kit_same_text(c, "the event's type", found->type, expected->type);
    kit_same_text(c, "the event's content_json", found->content_json, expected->content_json);
    kit_same_text(c, "the event's description", found->description, expected->description);
    kit_same_text(c, "the event's client_data_json", found->client_data_json, expected->client_data_json);
    kit_same_text(c, "the event's attachments_json", found->attachments_json, expected->attachments_json);
    EXPECT(found->trashed == expected->trashed, "the event's trashed: expected %d", expected->trashed);
    kit_same_number(c, "the event's deleted", found->deleted, expected->deleted);
    kit_same_text(c, "the event's integrity", found->integrity, expected->integrity);
    kit_same_number(c, "the event's created", found->created, expected->created);
    kit_same_text(c, "the event's created_by", found->created_by, expected->created_by);
    kit_same_number(c, "the event's modified", found->modified, expected->modified);
    kit_same_text(c, "the event's modified_by", found->modified_by, expected->modified_by);
}

void kit_same_stream(struct check *c, const struct pryv_stream *found, const struct pryv_stream *expected)
{
    kit_same_text(c, "the stream's id", found->id, expected->id);
    kit_same_text(c, "the stream's name", found->name, expected->name);
    kit_same_text(c, "the stream's parent_id", found->parent_id, expected->parent_id);
    kit_same_text(c, "the stream's client_data_json", found->client_data_json, expected->client_data_json);
    EXPECT(found->trashed == expected->trashed, "the stream's trashed: expected %d", expected->trashed);
    kit_same_number(c, "the stream's created", found->created, expected->created);
    kit_same_text(c, "the stream's created_by", found->created_by, expected->created_by);
    kit_same_number(c, "the stream's modified", found->modified, expected->modified);
    kit_same_text(c, "the stream's modified_by", found->modified_by, expected->modified_by);
}

void kit_same_access(struct check *c, const struct pryv_access_row *found, const struct pryv_access_row *expected)
{
    kit_same_text(c, "the access' id", found->id, expected->id);
    kit_same_text(c, "the access' head_id", found->head_id, expected->head_id);
    EXPECT(found->serial == expected->serial, "the access' serial: expected %u, found %u", expected->serial, found->serial);
    kit_same_text(c, "the access' token", found->token, expected->token);
    kit_same_text(c, "the access' type", found->type, expected->type);
    kit_same_text(c, "the access' name", found->name, expected->name);
    kit_same_text(c, "the access' device_name", found->device_name, expected->device_name);
    kit_same_text(c, "the access' permissions_json", found->permissions_json, expected->permissions_json);
    kit_same_text(c, "the access' client_data_json", found->client_data_json, expected->client_data_json);
    kit_same_number(c, "the access' expires", found->expires, expected->expires);
    kit_same_number(c, "the access' last_used", found->last_used, expected->last_used);
    kit_same_text(c, "the access' calls_json", found->calls_json, expected->calls_json);
    kit_same_text(c, "the access' integrity", found->integrity, expected->integrity);
    kit_same_number(c, "the access' created", found->created, expected->created);
    kit_same_text(c, "the access' created_by", found->created_by, expected->created_by);
    EXPECT(found->created_by_serial == expected->created_by_serial, "the access' created_by_serial: expected %u, found %u",
           expected->created_by_serial, found->created_by_serial);
    kit_same_number(c, "the access' modified", found->modified, expected->modified);
    kit_same_text(c, "the access' modified_by", found->modified_by, expected->modified_by);
    EXPECT(found->modified_by_serial == expected->modified_by_serial, "the access' modified_by_serial: expected %u, found %u",
           expected->modified_by_serial, found->modified_by_serial);
    kit_same_number(c, "the access' deleted", found->deleted, expected->deleted);
}

/* ---- Short ways ------------------------------------------------------------------------------- */

void kit_add_event(struct check *c, struct pryv_str user, const struct pryv_event *row)
{
    struct pryv_session *s = kit_write(c, user);

    KEEPS(c->storage->event_insert(s, row, ERR));
    kit_commit(c, s);
}

void kit_add_stream(struct check *c, struct pryv_str user, const struct pryv_stream *row)
{
    struct pryv_session *s = kit_write(c, user);

    KEEPS(c->storage->stream_insert(s, row, ERR));
    kit_commit(c, s);
}

enum pryv_rc kit_insert_all(struct check *c, struct pryv_session *s, const struct pryv_event *rows, size_t count)
{
    enum pryv_rc rc = PRYV_OK;

    if (c->storage->size > offsetof(struct pryv_storage_ops, event_insert_all) && c->storage->event_insert_all)
        return c->storage->event_insert_all(s, rows, count, ERR);
    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = c->storage->event_insert(s, &rows[i], ERR);
    return rc;
}

const char *kit_ids(struct check *c, struct pryv_cursor *cursor)
{
    struct pryv_event row;
    struct pryv_str ids = kit_text(c, "%s", "");

    while (kit_next(c, cursor, &row))
        ids = kit_text(c, "%s%.*s ", ids.data, PRYV_STR_ARG(row.id));
    EXPECT(!kit_next(c, cursor, &row), "a cursor at its end gave another row");
    kit_close_cursor(c, cursor);
    return ids.data;
}

const char *kit_query_ids(struct check *c, struct pryv_session *s, const struct pryv_event_query *query)
{
    struct pryv_cursor *cursor = NULL;

    KEEPS(c->storage->events_query(s, query, &cursor, ERR));
    return kit_ids(c, kit_cursor(c, s, cursor));
}
