/* keys.c - ids, names and other keys are the same only when all their bytes are: an engine that folds, trims, normalizes or cuts them takes one for
 * another. */
#include "kit.h"

struct twins {
    struct pryv_str a, b;
};

#define TWINS(a_, b_)           \
    {                           \
        { a_, sizeof(a_) - 1 }, \
        {                       \
            b_, sizeof(b_) - 1  \
        }                       \
    }

static const struct twins pairs[] = {
    TWINS("Diary", "diary"),
    TWINS("diary", "diary "),
    TWINS(" diary", "diary"),
    TWINS("\xc3\xa9t\xc3\xa9", "ete"),
    TWINS("\xc3\xa9", "e\xcc\x81"), /* a letter with an accent, as one character and as two */
    TWINS("\xc3\x9f", "ss"),
    TWINS("\xe2\x84\xaa", "k"),                    /* the sign of Kelvin */
    TWINS("\xef\xbc\xa1", "A"),                    /* one of full width */
    TWINS("\xf0\x9f\x98\x80", "\xf0\x9f\x98\x81"), /* beyond 16 bits */
    TWINS("1", "1.0"),
    TWINS("a\0b", "a\0c"),
};

typedef void (*ask_twins)(struct check *c, const struct twins *twins);

/* Of each pair, and of two long texts that differ at the end. */
static void each_pair(struct check *c, ask_twins ask)
{
    struct twins of_200 = { kit_text(c, "%0200d", 1), kit_text(c, "%0200d", 2) };

    for (size_t i = 0; i < PRYV_COUNT(pairs); i++)
        ask(c, &pairs[i]);
    ask(c, &of_200);
}

/* ---- Of a user -------------------------------------------------------------------------------- */

static struct pryv_str list_of(struct check *c, struct pryv_str id)
{
    struct pryv_json *js = pryv_json_new(c->mem);

    pryv_json_array(js);
    pryv_json_str(js, id);
    pryv_json_array_end(js);
    return pryv_json_text(js);
}

static struct pryv_stream stream(struct pryv_str id, struct pryv_str name)
{
    struct pryv_stream row = kit_stream("", "", NULL);

    row.id = id;
    row.name = name;
    return row;
}

static void streams(struct check *c, const struct twins *twins)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_stream a = stream(twins->a, twins->a), b = stream(twins->b, twins->b), found;
    struct pryv_deletion *gone;
    size_t count;

    KEEPS(c->storage->stream_insert(s, &a, ERR));
    KEEPS(c->storage->stream_insert(s, &b, ERR));
    KEEPS(c->storage->stream_delete(s, b.id, 5, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->stream_get(s, c->mem, a.id, &found, ERR));
    kit_same_stream(c, &found, &a);
    ANSWERS(PRYV_NOT_FOUND, c->storage->stream_get(s, c->mem, b.id, &found, ERR));
    KEEPS(c->storage->stream_deletions(s, c->mem, 0, &gone, &count, ERR));
    EXPECT(count == 1, "%zu streams are deleted, expected 1", count);
    kit_same_text(c, "the deleted stream's id", gone[0].id, b.id);
}

/* Each in the stream of its name, and with a version, and points. */
static void add_event(struct check *c, struct pryv_session *s, struct pryv_str id, double time)
{
    struct pryv_event row = kit_event(c, "", "", time), version = kit_event(c, kit_id(c).data, "", time);

    row.id = version.head_id = id;
    row.type = id;
    row.stream_ids_json = version.stream_ids_json = list_of(c, id);
    KEEPS(c->storage->event_insert(s, &row, ERR));
    KEEPS(c->storage->event_insert(s, &version, ERR));
    KEEPS(c->storage->series_append(s, id, &(struct pryv_series_chunk){ 0, time, time, 1, PRYV_STR("points") }, ERR));
}

static void one_event(struct check *c, struct pryv_session *s, const struct pryv_event_query *query, double time)
{
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row;

    KEEPS(c->storage->events_query(s, query, &cursor, ERR));
    kit_cursor(c, s, cursor);
    EXPECT(kit_next(c, cursor, &row), "an event is not found by its stream, or its type");
    kit_same_number(c, "the time of the event that is found", row.time, time);
    EXPECT(!kit_next(c, cursor, &row), "an event of another stream, or type, is found");
    kit_close_cursor(c, cursor);
}

static void found_alone(struct check *c, struct pryv_session *s, struct pryv_str id, double time)
{
    struct pryv_stream_condition condition = { false, &id, 1 };
    struct pryv_stream_block block = { &condition, 1 };
    struct pryv_type_filter type = { id, false };
    struct pryv_event_query query = kit_query();
    struct pryv_series_chunk *chunks;
    struct pryv_cursor *cursor = NULL;
    struct pryv_event row;
    size_t count;

    KEEPS(c->storage->event_get(s, c->mem, id, &row, ERR));
    kit_same_number(c, "the event's time", row.time, time);
    query.types = &type;
    query.type_count = 1;
    one_event(c, s, &query, time);
    query.type_count = 0;
    query.any_stream = false;
    query.blocks = &block;
    query.block_count = 1;
    one_event(c, s, &query, time);
    KEEPS(c->storage->event_versions(s, id, &cursor, ERR));
    kit_cursor(c, s, cursor);
    EXPECT(kit_next(c, cursor, &row), "an event's version is not found");
    kit_same_number(c, "the version's time", row.time, time);
    EXPECT(!kit_next(c, cursor, &row), "a version of another event is found");
    kit_close_cursor(c, cursor);
    KEEPS(c->storage->series_scan(s, c->mem, id, -1e308, 1e308, 0, 10, &chunks, &count, ERR));
    EXPECT(count == 1, "%zu chunks of an event, expected 1", count);
    kit_same_number(c, "the time of an event's points", chunks[0].from, time);
}

static void events(struct check *c, const struct twins *twins)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);

    add_event(c, s, twins->a, 1);
    add_event(c, s, twins->b, 2);
    kit_commit(c, s);
    s = kit_read(c, user);
    found_alone(c, s, twins->a, 1);
    found_alone(c, s, twins->b, 2);
}

static void accesses(struct check *c, const struct twins *twins)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_access_row a = kit_access("", "", ""), b = a, found;

    a.id = a.token = a.name = a.device_name = twins->a;
    b.id = b.token = b.name = b.device_name = twins->b;
    KEEPS(c->storage->access_insert(s, &a, ERR));
    KEEPS(c->storage->access_insert(s, &b, ERR));
    KEEPS(c->storage->access_by_token(s, c->mem, a.token, &found, ERR));
    kit_same_access(c, &found, &a);
    KEEPS(c->storage->access_get(s, c->mem, b.id, &found, ERR));
    kit_same_access(c, &found, &b);
    /* The name alone, and the device alone. */
    b.name = a.name;
    KEEPS(c->storage->access_update(s, &b, ERR));
    b.name = twins->b;
    b.device_name = a.device_name;
    KEEPS(c->storage->access_update(s, &b, ERR));
}

static void sessions(struct check *c, const struct twins *twins)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_session_row rows[] = { { twins->a, twins->a, twins->a, 1 },
                                       { twins->b, twins->a, twins->b, 2 },
                                       { PRYV_STR("third"), twins->b, twins->a, 3 } };
    struct pryv_session_row found;

    for (size_t i = 0; i < PRYV_COUNT(rows); i++)
        KEEPS(c->storage->session_put(s, &rows[i], ERR));
    for (size_t i = 0; i < PRYV_COUNT(rows); i++) {
        KEEPS(c->storage->session_get(s, c->mem, rows[i].id, 0, &found, ERR));
        kit_same_number(c, "the end of a session that is found by its id", found.expires, rows[i].expires);
        KEEPS(c->storage->session_find(s, c->mem, rows[i].username, rows[i].app_id, 0, &found, ERR));
        kit_same_number(c, "the end of a session that is found by its user and app", found.expires, rows[i].expires);
    }
}

static void account_fields(struct check *c, const struct twins *twins)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_account_field a = { twins->a, PRYV_STR("1"), 5, PRYV_STR("x") },
                              b = { twins->b, PRYV_STR("2"), 5, PRYV_STR("x") };
    struct pryv_account_field *found;
    size_t count;

    KEEPS(c->storage->account_set(s, &a, ERR));
    KEEPS(c->storage->account_set(s, &b, ERR));
    KEEPS(c->storage->account_all(s, c->mem, &found, &count, ERR));
    EXPECT(count == 2, "%zu account fields, expected 2", count);
    KEEPS(c->storage->account_delete(s, b.field, ERR));
    KEEPS(c->storage->account_history(s, c->mem, a.field, &found, &count, ERR));
    EXPECT(count == 1, "%zu values of an account field, expected 1", count);
    kit_same_text(c, "the field's value", found[0].value_json, a.value_json);
}

static void values(struct check *c, const struct twins *twins)
{
    const struct pryv_str names[] = { twins->a, twins->b };
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_str found, *keys, *texts;
    size_t count;

    for (size_t i = 0; i < 4; i++)
        KEEPS(c->storage->value_set(s, names[i / 2], names[i % 2], kit_text(c, "%zu", i), ERR));
    for (size_t i = 0; i < 4; i++) {
        KEEPS(c->storage->value_get(s, c->mem, names[i / 2], names[i % 2], &found, ERR));
        kit_same_text(c, "the value", found, kit_text(c, "%zu", i));
    }
    KEEPS(c->storage->value_set(s, twins->b, twins->a, PRYV_STR_NONE, ERR));
    KEEPS(c->storage->value_all(s, c->mem, twins->a, &keys, &texts, &count, ERR));
    EXPECT(count == 2, "%zu values of a scope, expected 2", count);
}

static void webhooks(struct check *c, const struct twins *twins)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_webhook_row rows[] = { { twins->a, twins->a, twins->a, PRYV_STR("{}"), 1, 1 },
                                       { twins->b, twins->a, twins->b, PRYV_STR("{}"), 1, 1 },
                                       { PRYV_STR("third"), twins->b, twins->a, PRYV_STR("{}"), 1, 1 } };
    struct pryv_webhook_row *found;
    size_t count;

    for (size_t i = 0; i < PRYV_COUNT(rows); i++)
        KEEPS(c->storage->webhook_insert(s, &rows[i], ERR));
    KEEPS(c->storage->webhook_delete(s, twins->b, ERR));
    KEEPS(c->storage->webhooks_all(s, c->mem, &found, &count, ERR));
    EXPECT(count == 2 && !pryv_str_is(found[0].id, twins->b) && !pryv_str_is(found[1].id, twins->b),
           "another webhook was deleted");
}

/* ---- Of all users ----------------------------------------------------------------------------- */

/* What is shared by all checks begins or ends with something of its own. */
static struct pryv_str with(struct check *c, struct pryv_str before, struct pryv_str text)
{
    char *bytes = pryv_alloc(c->mem, before.len + text.len + 1);

    memcpy(bytes, before.data, before.len);
    memcpy(bytes + before.len, text.data, text.len);
    bytes[before.len + text.len] = '\0';
    return pryv_str_n(bytes, before.len + text.len);
}

static struct twins unique_twins(struct check *c, const struct twins *twins)
{
    struct pryv_str own = kit_id(c);

    return (struct twins){ with(c, own, twins->a), with(c, own, twins->b) };
}

static void user_names(struct check *c, const struct twins *twins)
{
    struct twins names = unique_twins(c, twins);
    struct pryv_str a = kit_id(c), b = kit_id(c), found;

    KEEPS(c->storage->user_create(c->storage_self, a, names.a, ERR));
    KEEPS(c->storage->user_create(c->storage_self, b, names.b, ERR));
    KEEPS(c->storage->user_by_name(c->storage_self, c->mem, names.a, &found, ERR));
    kit_same_text(c, "the id of the user", found, a);
    KEEPS(c->storage->user_by_id(c->storage_self, c->mem, b, &found, ERR));
    kit_same_text(c, "the name of the user", found, names.b);
}

static void registered(struct check *c, struct pryv_str name, struct pryv_str field, const char *core)
{
    struct pryv_str ticket = kit_id(c);
    const struct pryv_field_value fields[] = { { field, name, true }, { PRYV_STR("language"), pryv_str(core), false } };

    KEEPS(c->platform->reserve(c->platform_self, ticket, name, fields, 2, pryv_now() + 1000, ERR));
    KEEPS(c->platform->confirm(c->platform_self, ticket, fields, 2, pryv_str(core), ERR));
}

static void has_its_own(struct check *c, struct pryv_str name, const char *core)
{
    struct pryv_field_value *fields;
    struct pryv_str found;
    size_t count;

    KEEPS(c->platform->unique_owner(c->platform_self, c->mem, PRYV_STR("email"), name, true, &found, ERR));
    kit_same_text(c, "the owner of an address", found, name);
    KEEPS(c->platform->user_core(c->platform_self, c->mem, name, true, &found, ERR));
    kit_same_text(c, "the user's core", found, pryv_str(core));
    KEEPS(c->platform->user_fields(c->platform_self, c->mem, name, &fields, &count, ERR));
    EXPECT(count == 3, "a user has %zu fields, expected 3", count);
    for (size_t i = 0; i < count; i++)
        kit_same_text(c, "a field of the user", fields[i].value, fields[i].unique ? name : pryv_str(core));
}

static void platform_names(struct check *c, const struct twins *twins)
{
    struct twins names = unique_twins(c, twins);

    registered(c, names.a, PRYV_STR("email"), "core-a");
    registered(c, names.b, PRYV_STR("email"), "core-b");
    has_its_own(c, names.a, "core-a");
    has_its_own(c, names.b, "core-b");
    KEEPS(c->platform->user_delete(c->platform_self, names.b, ERR));
    has_its_own(c, names.a, "core-a");
}

static void platform_values(struct check *c, const struct twins *twins)
{
    struct twins keys = unique_twins(c, twins);
    struct pryv_str found;

    KEEPS(c->platform->value_put_new(c->platform_self, keys.a, PRYV_STR("a"), PRYV_ABSENT, ERR));
    KEEPS(c->platform->value_put_new(c->platform_self, keys.b, PRYV_STR("b"), PRYV_ABSENT, ERR));
    KEEPS(c->platform->value_take(c->platform_self, c->mem, keys.b, &found, ERR));
    kit_same_text(c, "the value that was taken", found, PRYV_STR("b"));
    KEEPS(c->platform->value_get(c->platform_self, c->mem, keys.a, true, &found, ERR));
    kit_same_text(c, "the value", found, PRYV_STR("a"));
    /* A value is compared so as well. */
    KEEPS(c->platform->value_put(c->platform_self, keys.a, twins->a, PRYV_ABSENT, ERR));
    CONFLICTS("value", c->platform->value_replace(c->platform_self, keys.a, twins->b, PRYV_STR("x"), PRYV_ABSENT, ERR));
}

/* ---- The subject ------------------------------------------------------------------------------ */

#define EACH_PAIR(what)                          \
    static void pairs_of_##what(struct check *c) \
    {                                            \
        each_pair(c, what);                      \
    }
EACH_PAIR(streams)
EACH_PAIR(events)
EACH_PAIR(accesses)
EACH_PAIR(sessions)
EACH_PAIR(account_fields)
EACH_PAIR(values)
EACH_PAIR(webhooks)
EACH_PAIR(user_names)
EACH_PAIR(platform_names)
EACH_PAIR(platform_values)

const struct subject keys_subject = {
    "keys",
    (const struct promise[]){
        { "ids and names of streams are the same only byte for byte", pairs_of_streams, 0 },
        { "so are ids, streams and types of events, with their versions and series", pairs_of_events, 0 },
        { "so are ids, tokens, names and devices of accesses", pairs_of_accesses, 0 },
        { "so are ids, users and apps of sessions", pairs_of_sessions, 0 },
        { "so are account fields", pairs_of_account_fields, 0 },
        { "so are scopes and keys of values", pairs_of_values, 0 },
        { "so are ids, accesses and URLs of webhooks", pairs_of_webhooks, 0 },
        { "so are names of users", pairs_of_user_names, 0 },
        { "so are names and unique fields on the platform", pairs_of_platform_names, NEEDS_PLATFORM },
        { "so are keys and values on the platform", pairs_of_platform_values, NEEDS_PLATFORM },
        { NULL, NULL, 0 },
    },
};
