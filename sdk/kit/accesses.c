/* accesses.c - accesses with their versions, deletions and use. */
#include "kit.h"

static void insert(struct check *c, struct pryv_session *s, const struct pryv_access_row *row)
{
    KEEPS(c->storage->access_insert(s, row, ERR));
}

static struct pryv_access_row full_access(void)
{
    struct pryv_access_row row = kit_access("full", "token-full", "Full");

    row.type = PRYV_STR("app");
    row.serial = UINT32_MAX;
    row.device_name = PRYV_STR("phone");
    row.client_data_json = PRYV_STR("{\"a\":null}");
    row.expires = 1700000000.123;
    row.last_used = 1600000000.001;
    row.calls_json = PRYV_STR("{\"events:get\":3}");
    row.integrity = PRYV_STR("ACCESS:0:x");
    row.created_by_serial = UINT32_MAX - 1;
    row.modified_by_serial = 70000;
    return row;
}

/* The same access with another value in every column. */
static struct pryv_access_row other_in_all(void)
{
    struct pryv_access_row row = full_access();

    row.serial = 4;
    row.token = PRYV_STR("new-token");
    row.type = PRYV_STR("personal");
    row.name = PRYV_STR("New");
    row.device_name = PRYV_STR("tablet");
    row.permissions_json = PRYV_STR("[]");
    row.client_data_json = PRYV_STR("{\"b\":2}");
    row.expires = 1800000000.5;
    row.integrity = PRYV_STR("ACCESS:0:y");
    row.created = 2000;
    row.created_by = PRYV_STR("another");
    row.created_by_serial = 5;
    row.modified = 3000.125;
    row.modified_by = PRYV_STR("yet another");
    row.modified_by_serial = 6;
    return row;
}

static void comes_back_whole(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_access_row bare = kit_access("bare", "token-bare", "Bare"), full = full_access(), found;
    struct pryv_session *s = kit_write(c, user);

    insert(c, s, &bare);
    insert(c, s, &full);
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->access_get(s, c->mem, bare.id, &found, ERR));
    kit_same_access(c, &found, &bare);
    KEEPS(c->storage->access_get(s, c->mem, full.id, &found, ERR));
    kit_same_access(c, &found, &full);
    KEEPS(c->storage->access_by_token(s, c->mem, full.token, &found, ERR));
    kit_same_access(c, &found, &full);
    ANSWERS(PRYV_NOT_FOUND, c->storage->access_get(s, c->mem, PRYV_STR("unknown"), &found, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->access_by_token(s, c->mem, PRYV_STR("TOKEN-FULL"), &found, ERR));
}

/* Inserts `first` and then `second` into a new user; the second's result is answered. */
static enum pryv_rc insert_two(struct check *c, struct pryv_access_row first, struct pryv_access_row second)
{
    struct pryv_session *s = kit_write(c, kit_user(c));

    insert(c, s, &first);
    return c->storage->access_insert(s, &second, ERR);
}

static struct pryv_access_row on_device(const char *id, const char *token, const char *device)
{
    struct pryv_access_row row = kit_access(id, token, "A");

    row.device_name = pryv_str(device);
    return row;
}

static void taken_keys(struct check *c)
{
    struct pryv_access_row app = kit_access("b", "t2", "A");

    CONFLICTS("id", insert_two(c, kit_access("a", "t1", "A"), kit_access("a", "t2", "B")));
    CONFLICTS("token", insert_two(c, kit_access("a", "t", "A"), kit_access("b", "t", "B")));
    CONFLICTS("name", insert_two(c, kit_access("a", "t1", "A"), kit_access("b", "t2", "A")));
    CONFLICTS("name", insert_two(c, on_device("a", "t1", "phone"), on_device("b", "t2", "phone")));
    CONFLICTS("name", insert_two(c, on_device("a", "t1", ""), on_device("b", "t2", "")));
    KEEPS(insert_two(c, on_device("a", "t1", "phone"), on_device("b", "t2", "tablet")));
    KEEPS(insert_two(c, on_device("a", "t1", ""), on_device("b", "t2", NULL)));
    KEEPS(insert_two(c, on_device("a", "t1", NULL), on_device("b", "t2", "phone")));
    app.type = PRYV_STR("app");
    KEEPS(insert_two(c, kit_access("a", "t1", "A"), app));
}

static void update_replaces(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_access_row row = full_access(), other = kit_access("other", "other", "Other"), found;

    insert(c, s, &row);
    insert(c, s, &other);
    row = kit_access("full", "new-token", "New");
    row.last_used = 99;
    row.calls_json = PRYV_STR("{\"changed\":1}");
    KEEPS(c->storage->access_update(s, &row, ERR));
    KEEPS(c->storage->access_update(s, &row, ERR));
    row.last_used = full_access().last_used;
    row.calls_json = full_access().calls_json;
    KEEPS(c->storage->access_get(s, c->mem, row.id, &found, ERR));
    kit_same_access(c, &found, &row);
    row = other_in_all();
    KEEPS(c->storage->access_update(s, &row, ERR));
    KEEPS(c->storage->access_get(s, c->mem, row.id, &found, ERR));
    kit_same_access(c, &found, &row);
    ANSWERS(PRYV_NOT_FOUND, c->storage->access_by_token(s, c->mem, full_access().token, &found, ERR));
    KEEPS(c->storage->access_by_token(s, c->mem, row.token, &found, ERR));
    KEEPS(c->storage->access_get(s, c->mem, other.id, &found, ERR));
    kit_same_access(c, &found, &other);
}

/* Two accesses, of which the second becomes `changed`. */
static enum pryv_rc update_second(struct check *c, struct pryv_access_row changed)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_access_row a = kit_access("a", "t1", "A"), b = kit_access("b", "t2", "B");

    insert(c, s, &a);
    insert(c, s, &b);
    return c->storage->access_update(s, &changed, ERR);
}

static void update_conflicts(struct check *c)
{
    CONFLICTS("token", update_second(c, kit_access("b", "t1", "B")));
    CONFLICTS("name", update_second(c, kit_access("b", "t2", "A")));
    ANSWERS(PRYV_NOT_FOUND, update_second(c, kit_access("unknown", "t3", "C")));
}

static void delete_keeps_a_record(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_access_row row = full_access(), found, *list;
    size_t count;

    insert(c, s, &row);
    KEEPS(c->storage->access_delete(s, row.id, 500.125, PRYV_STR("ACCESS:0:deleted"), ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    ANSWERS(PRYV_NOT_FOUND, c->storage->access_get(s, c->mem, row.id, &found, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->access_by_token(s, c->mem, row.token, &found, ERR));
    KEEPS(c->storage->accesses_all(s, c->mem, &list, &count, ERR));
    EXPECT(count == 0, "a deleted access is listed");
    KEEPS(c->storage->access_deletions(s, c->mem, &list, &count, ERR));
    EXPECT(count == 1, "%zu deletions, expected 1", count);
    row.deleted = 500.125;
    row.integrity = PRYV_STR("ACCESS:0:deleted");
    kit_same_access(c, &list[0], &row);
    s = kit_write(c, user);
    ANSWERS(PRYV_NOT_FOUND, c->storage->access_delete(s, row.id, 501, PRYV_STR("x"), ERR));
    s = kit_write(c, user);
    ANSWERS(PRYV_NOT_FOUND, c->storage->access_update(s, &row, ERR));
}

static void deleted_keys_are_free(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_access_row row = kit_access("a", "t", "A"), again = kit_access("b", "t", "A"), found;

    insert(c, s, &row);
    KEEPS(c->storage->access_delete(s, row.id, 5, PRYV_STR("x"), ERR));
    insert(c, s, &again);
    KEEPS(c->storage->access_by_token(s, c->mem, row.token, &found, ERR));
    kit_same_access(c, &found, &again);
    row = kit_access("a", "another token", "another name");
    CONFLICTS("id", c->storage->access_insert(s, &row, ERR));
}

static void listed_in_order(struct check *c)
{
    static const char *const names[] = { "b", "a", "c", "B" };
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_str order = kit_text(c, "%s", "");
    struct pryv_access_row *list;
    size_t count;

    for (size_t i = 0; i < PRYV_COUNT(names); i++) {
        struct pryv_access_row row = kit_access(names[i], names[i], names[i]);

        insert(c, s, &row);
    }
    KEEPS(c->storage->accesses_all(s, c->mem, &list, &count, ERR));
    for (size_t i = 0; i < count; i++)
        order = kit_text(c, "%s%.*s ", order.data, PRYV_STR_ARG(list[i].name));
    EXPECT_TEXT(order.data, "B a b c ");
    KEEPS(c->storage->access_delete(s, PRYV_STR("c"), 10, PRYV_STR("x"), ERR));
    KEEPS(c->storage->access_delete(s, PRYV_STR("a"), 30, PRYV_STR("x"), ERR));
    KEEPS(c->storage->access_delete(s, PRYV_STR("b"), 20, PRYV_STR("x"), ERR));
    KEEPS(c->storage->access_deletions(s, c->mem, &list, &count, ERR));
    order = kit_text(c, "%s", "");
    for (size_t i = 0; i < count; i++)
        order = kit_text(c, "%s%.*s ", order.data, PRYV_STR_ARG(list[i].id));
    EXPECT_TEXT(order.data, "c b a ");
}

static struct pryv_access_row version_of(struct check *c, const struct pryv_access_row *head, uint32_t serial)
{
    struct pryv_access_row row = *head;

    row.id = kit_id(c);
    row.head_id = head->id;
    row.serial = serial;
    return row;
}

static void versions_in_order(struct check *c)
{
    static const uint32_t serials[] = { 2, 0, 10, 1 };
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_access_row head = kit_access("head", "t", "A"), row, found, *list;
    struct pryv_str order = kit_text(c, "%s", "");
    size_t count;

    insert(c, s, &head);
    for (size_t i = 0; i < PRYV_COUNT(serials); i++) {
        row = version_of(c, &head, serials[i]);
        insert(c, s, &row);
    }
    KEEPS(c->storage->access_versions(s, c->mem, head.id, &list, &count, ERR));
    for (size_t i = 0; i < count; i++)
        order = kit_text(c, "%s%u ", order.data, list[i].serial);
    EXPECT_TEXT(order.data, "0 1 2 10 ");
    kit_same_access(c, &list[1], &row);
    ANSWERS(PRYV_NOT_FOUND, c->storage->access_get(s, c->mem, row.id, &found, ERR));
    KEEPS(c->storage->access_by_token(s, c->mem, head.token, &found, ERR));
    kit_same_text(c, "the id of the access with the token", found.id, head.id);
    KEEPS(c->storage->accesses_all(s, c->mem, &list, &count, ERR));
    EXPECT(count == 1, "versions are listed among the accesses");
    KEEPS(c->storage->access_delete(s, head.id, 5, PRYV_STR("x"), ERR));
    KEEPS(c->storage->access_versions(s, c->mem, head.id, &list, &count, ERR));
    EXPECT(count == 0, "%zu versions of a deleted access are reachable", count);
    KEEPS(c->storage->access_deletions(s, c->mem, &list, &count, ERR));
    EXPECT(count == 1, "%zu deletions, expected 1", count);
}

static void use_is_counted(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_access_row row = kit_access("b", "t", "B"), other = full_access(), found;
    json_t *calls;

    other.id = other.token = other.name = PRYV_STR("a"); /* before the one that is used, by whatever it is looked for */
    insert(c, s, &other);
    insert(c, s, &row);
    KEEPS(c->storage->access_used(s, row.id, PRYV_STR("events:get"), 2, 100.125, ERR));
    KEEPS(c->storage->access_used(s, row.id, PRYV_STR("events:get"), 3, 50, ERR));
    KEEPS(c->storage->access_used(s, row.id, PRYV_STR("it's \"odd\".%"), 1, 60, ERR));
    KEEPS(c->storage->access_used(s, PRYV_STR("unknown"), PRYV_STR("events:get"), 1, 60, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->access_get(s, c->mem, row.id, &found, ERR));
    kit_same_number(c, "last_used", found.last_used, 100.125);
    EXPECT(pryv_json_parse(c->mem, found.calls_json, false, &calls, ERR) == PRYV_OK, "calls_json is no JSON: %.*s",
           PRYV_STR_ARG(found.calls_json));
    kit_same_number(c, "calls of events:get", pryv_json_member_number(calls, "events:get"), 5);
    kit_same_number(c, "calls of the odd one", pryv_json_member_number(calls, "it's \"odd\".%"), 1);
    EXPECT(json_object_size(calls) == 2, "calls_json has %zu members, expected 2", json_object_size(calls));
    KEEPS(c->storage->access_get(s, c->mem, other.id, &found, ERR));
    kit_same_access(c, &found, &other);
}

static void live_ones_are_counted(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_access_row a = kit_access("a", "t1", "A"), b = kit_access("b", "t2", "B"), version;
    struct pryv_session *s;
    uint64_t count = 9;

    if (c->storage->size <= offsetof(struct pryv_storage_ops, accesses_count) || !c->storage->accesses_count)
        kit_skip(c, "the engine does not count accesses");
    s = kit_write(c, kit_user(c));
    insert(c, s, &a);
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->accesses_count(s, &count, ERR));
    EXPECT(count == 0, "%d accesses of nobody", (int) count);
    kit_close(c, s);
    s = kit_write(c, user);
    insert(c, s, &a);
    insert(c, s, &b);
    version = version_of(c, &a, 0);
    insert(c, s, &version);
    KEEPS(c->storage->accesses_count(s, &count, ERR));
    EXPECT(count == 2, "of 2 accesses %d are counted", (int) count);
    KEEPS(c->storage->access_delete(s, b.id, 500, PRYV_STR("x"), ERR));
    KEEPS(c->storage->accesses_count(s, &count, ERR));
    EXPECT(count == 1, "a deleted access is counted");
    kit_commit(c, s);
}

const struct subject accesses_subject = {
    "accesses",
    (const struct promise[]){
        { "an access comes back as it was written, by id and by token", comes_back_whole, 0 },
        { "CONFLICT of id, token and name; no device, an empty one and others are told apart", taken_keys, 0 },
        { "update replaces all but last_used and calls", update_replaces, 0 },
        { "update: CONFLICT of token and name; unknown is NOT_FOUND", update_conflicts, 0 },
        { "delete keeps the row as a deletion that no token reaches", delete_keeps_a_record, 0 },
        { "token and name of a deleted access are free, its id is not", deleted_keys_are_free, 0 },
        { "live ones by name, deletions by time", listed_in_order, 0 },
        { "versions by serial, reached by nothing else, and not after deletion", versions_in_order, 0 },
        { "use is added up, last_used only rises, an unknown access is no error", use_is_counted, 0 },
        { "accesses_count tells how many are live", live_ones_are_counted, 0 },
        { NULL, NULL, 0 },
    },
};
