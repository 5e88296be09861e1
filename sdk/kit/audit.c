/* audit.c - audit records: events in a place of their own. */
#include "kit.h"

static struct pryv_str user_with_both(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event event = kit_event(c, "same", "diary", 1), record = kit_event(c, "same", ":_audit:access-x", 5);
    struct pryv_session *s = kit_write(c, user);

    record.type = PRYV_STR("audit-log/pryv-api");
    record.content_json = PRYV_STR("{\"action\":\"events.get\"}");
    KEEPS(c->storage->event_insert(s, &event, ERR));
    KEEPS(c->storage->audit_insert(s, &record, ERR));
    record.id = PRYV_STR("later");
    record.stream_ids_json = PRYV_STR("[\":_audit:access-y\",\":_audit:action-events.get\"]");
    record.time = 6;
    KEEPS(c->storage->audit_insert(s, &record, ERR));
    kit_commit(c, s);
    return user;
}

static const char *records(struct check *c, struct pryv_session *s, const struct pryv_event_query *query)
{
    struct pryv_cursor *cursor = NULL;

    KEEPS(c->storage->audit_query(s, query, &cursor, ERR));
    return kit_ids(c, kit_cursor(c, s, cursor));
}

static void apart_from_the_data(struct check *c)
{
    struct pryv_session *s = kit_read(c, user_with_both(c));
    struct pryv_str streams[] = { PRYV_STR(":_audit:access-x"), PRYV_STR(":_audit:access-y") };
    struct pryv_event_query query = kit_query();
    struct pryv_cursor *cursor = NULL;
    struct pryv_event found;

    EXPECT_TEXT(kit_query_ids(c, s, &query), "same ");
    KEEPS(c->storage->event_get(s, c->mem, PRYV_STR("same"), &found, ERR));
    kit_same_number(c, "the event's time", found.time, 1);
    ANSWERS(PRYV_NOT_FOUND, c->storage->event_get(s, c->mem, PRYV_STR("later"), &found, ERR));
    KEEPS(c->storage->events_in_streams(s, streams, 2, &cursor, ERR));
    EXPECT_TEXT(kit_ids(c, kit_cursor(c, s, cursor)), "");
    KEEPS(c->storage->audit_get(s, c->mem, PRYV_STR("same"), &found, ERR));
    kit_same_number(c, "the record's time", found.time, 5);
    kit_same_text(c, "the record's content", found.content_json, PRYV_STR("{\"action\":\"events.get\"}"));
    ANSWERS(PRYV_NOT_FOUND, c->storage->audit_get(s, c->mem, PRYV_STR("unknown"), &found, ERR));
}

static void queried_as_events(struct check *c)
{
    struct pryv_session *s = kit_read(c, user_with_both(c));
    struct pryv_str action = PRYV_STR(":_audit:action-events.get");
    struct pryv_stream_condition condition = { false, &action, 1 };
    struct pryv_stream_block block = { &condition, 1 };
    struct pryv_event_query query = kit_query();

    EXPECT_TEXT(records(c, s, &query), "same later ");
    query.ascending = false;
    EXPECT_TEXT(records(c, s, &query), "later same ");
    query.to = 5.5;
    EXPECT_TEXT(records(c, s, &query), "same ");
    query.to = PRYV_ABSENT;
    query.any_stream = false;
    query.blocks = &block;
    query.block_count = 1;
    EXPECT_TEXT(records(c, s, &query), "later ");
    condition.not_in = true;
    EXPECT_TEXT(records(c, s, &query), "same ");
}

static void counted(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_event row = kit_event(c, "a", "diary", 1), version = row, deletion = row;
    struct pryv_stream stream = kit_stream("s", "S", NULL), gone = kit_stream("t", "T", NULL);
    struct pryv_session *s = kit_read(c, user);
    uint64_t events = 9, streams = 9, bytes = 0, before = 0;

    KEEPS(c->storage->usage(s, &events, &streams, &before, ERR));
    EXPECT(events == 0 && streams == 0, "an empty user has %llu events and %llu streams", (unsigned long long) events,
           (unsigned long long) streams);
    s = kit_write(c, user);
    version.id = PRYV_STR("v");
    version.head_id = row.id;
    deletion.id = PRYV_STR("d");
    deletion.deleted = 5;
    row.content_json = pryv_format(c->mem, "\"%0100000d\"", 7);
    KEEPS(c->storage->event_insert(s, &row, ERR));
    KEEPS(c->storage->event_insert(s, &version, ERR));
    KEEPS(c->storage->event_insert(s, &deletion, ERR));
    KEEPS(c->storage->stream_insert(s, &stream, ERR));
    KEEPS(c->storage->stream_insert(s, &gone, ERR));
    KEEPS(c->storage->stream_delete(s, gone.id, 5, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->usage(s, &events, &streams, &bytes, ERR));
    EXPECT(events == 3 && streams == 2, "of 3 events and 2 streams, deleted ones included, %llu and %llu are counted",
           (unsigned long long) events, (unsigned long long) streams);
    EXPECT(bytes > before + 50000, "100,000 bytes written, and the user grew from %llu to %llu", (unsigned long long) before,
           (unsigned long long) bytes);
}

const struct subject audit_subject = {
    "audit and usage",
    (const struct promise[]){
        { "records are apart from the data, even with the same id", apart_from_the_data, 0 },
        { "records are queried like events", queried_as_events, 0 },
        { "usage counts events, versions, deletions, streams, and bytes", counted, 0 },
        { NULL, NULL, 0 },
    },
};
