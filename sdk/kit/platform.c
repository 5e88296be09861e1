/* platform.c - names that are unique on the platform, and short-lived values. */
#include "kit.h"

#define PLATFORM c->platform
#define SELF     c->platform_self

enum { LONG = 1000 }; /* seconds */

static struct pryv_field_value email(struct check *c, struct pryv_str name)
{
    return (struct pryv_field_value){ PRYV_STR("email"), kit_text(c, "%s@example.com", name.data), true };
}

static struct pryv_str owner(struct check *c, const char *field, struct pryv_str value)
{
    struct pryv_str found = PRYV_STR_NONE;
    enum pryv_rc rc = PLATFORM->unique_owner(SELF, c->mem, pryv_str(field), value, true, &found, ERR);

    EXPECT(rc == PRYV_OK || rc == PRYV_NOT_FOUND, "unique_owner failed: %s", c->err.message ? c->err.message : "no reason");
    return rc == PRYV_OK ? found : PRYV_STR("nobody");
}

/* A name with an address, reserved and confirmed. */
static struct pryv_str registered(struct check *c)
{
    struct pryv_str name = kit_id(c), ticket = kit_id(c);
    struct pryv_field_value fields[] = { email(c, name), { PRYV_STR("language"), PRYV_STR("fr"), false } };

    KEEPS(PLATFORM->reserve(SELF, ticket, name, fields, 2, pryv_now() + LONG, ERR));
    KEEPS(PLATFORM->confirm(SELF, ticket, fields, 2, PRYV_STR("core-1"), ERR));
    return name;
}

static struct pryv_str field_of(struct check *c, struct pryv_str name, const char *field, bool unique)
{
    struct pryv_field_value *fields;
    size_t count;

    KEEPS(PLATFORM->user_fields(SELF, c->mem, name, &fields, &count, ERR));
    for (size_t i = 0; i < count; i++)
        if (pryv_str_equal(fields[i].field, field)) {
            EXPECT(fields[i].unique == unique, "the field %s is told to be %s", field, unique ? "not unique" : "unique");
            return fields[i].value;
        }
    return PRYV_STR("none");
}

static size_t field_count(struct check *c, struct pryv_str name)
{
    struct pryv_field_value *fields;
    size_t count;

    KEEPS(PLATFORM->user_fields(SELF, c->mem, name, &fields, &count, ERR));
    return count;
}

static void confirmed(struct check *c)
{
    struct pryv_str name = registered(c), core;

    kit_same_text(c, "the owner of the name", owner(c, "username", name), name);
    kit_same_text(c, "the owner of the address", owner(c, "email", email(c, name).value), name);
    kit_same_text(c, "the owner of a language", owner(c, "language", PRYV_STR("fr")), PRYV_STR("nobody"));
    kit_same_text(c, "the address", field_of(c, name, "email", true), email(c, name).value);
    kit_same_text(c, "the language", field_of(c, name, "language", false), PRYV_STR("fr"));
    EXPECT(field_count(c, name) == 3, "a name, an address and a language are %zu fields", field_count(c, name));
    KEEPS(PLATFORM->user_core(SELF, c->mem, name, true, &core, ERR));
    kit_same_text(c, "the core", core, PRYV_STR("core-1"));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->user_core(SELF, c->mem, kit_id(c), true, &core, ERR));
}

static void taken(struct check *c)
{
    struct pryv_str first = registered(c), second = kit_id(c);
    struct pryv_field_value fields[] = { email(c, first), { PRYV_STR("phone"), second, true } };

    ANSWERS(PRYV_CONFLICT, PLATFORM->reserve(SELF, kit_id(c), second, fields, 2, pryv_now() + LONG, ERR));
    EXPECT(json_is_object(c->err.data) && json_object_size(c->err.data) == 1 && json_object_get(c->err.data, "email"),
           "the conflict does not name the email alone");
    kit_same_text(c, "the owner of a name that was not reserved", owner(c, "username", second), PRYV_STR("nobody"));
    kit_same_text(c, "the owner of a phone that was not reserved", owner(c, "phone", second), PRYV_STR("nobody"));
    ANSWERS(PRYV_CONFLICT, PLATFORM->reserve(SELF, kit_id(c), first, fields, 1, pryv_now() + LONG, ERR));
    EXPECT(json_is_object(c->err.data) && json_object_size(c->err.data) == 2 && json_object_get(c->err.data, "username"),
           "the conflict does not name username and email");
}

static void reserved(struct check *c)
{
    struct pryv_str name = kit_id(c), ticket = kit_id(c);
    struct pryv_field_value address = email(c, name);

    KEEPS(PLATFORM->reserve(SELF, ticket, name, &address, 1, pryv_now() + LONG, ERR));
    kit_same_text(c, "the owner of a reserved address", owner(c, "email", address.value), name);
    ANSWERS(PRYV_CONFLICT, PLATFORM->reserve(SELF, kit_id(c), kit_id(c), &address, 1, pryv_now() + LONG, ERR));
    ANSWERS(PRYV_CONFLICT, PLATFORM->reserve(SELF, kit_id(c), name, NULL, 0, pryv_now() + LONG, ERR));
}

static void released(struct check *c)
{
    struct pryv_str name = kit_id(c), ticket = kit_id(c), mine = registered(c);
    struct pryv_field_value address = email(c, name);

    KEEPS(PLATFORM->reserve(SELF, ticket, name, &address, 1, pryv_now() + LONG, ERR));
    KEEPS(PLATFORM->release(SELF, ticket, ERR));
    kit_same_text(c, "the owner of a released name", owner(c, "username", name), PRYV_STR("nobody"));
    kit_same_text(c, "the owner of a released address", owner(c, "email", address.value), PRYV_STR("nobody"));
    kit_same_text(c, "the owner of another name", owner(c, "username", mine), mine);
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->confirm(SELF, ticket, &address, 1, PRYV_STR("core-1"), ERR));
    /* After confirm there is nothing to give back. */
    KEEPS(PLATFORM->reserve(SELF, ticket, name, &address, 1, pryv_now() + LONG, ERR));
    KEEPS(PLATFORM->confirm(SELF, ticket, &address, 1, PRYV_STR("core-1"), ERR));
    KEEPS(PLATFORM->release(SELF, ticket, ERR));
    kit_same_text(c, "the owner of a confirmed name", owner(c, "username", name), name);
}

static void reservation_ends(struct check *c)
{
    struct pryv_str name = kit_id(c), late = kit_id(c), quick = kit_id(c);
    struct pryv_field_value address = email(c, name);

    KEEPS(PLATFORM->reserve(SELF, late, name, &address, 1, pryv_now() - 1, ERR));
    kit_same_text(c, "the owner of a name whose reservation is over", owner(c, "username", name), PRYV_STR("nobody"));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->confirm(SELF, late, &address, 1, PRYV_STR("core-1"), ERR));
    KEEPS(PLATFORM->reserve(SELF, quick, name, &address, 1, pryv_now() + LONG, ERR));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->confirm(SELF, late, &address, 1, PRYV_STR("core-1"), ERR));
    KEEPS(PLATFORM->release(SELF, late, ERR));
    kit_same_text(c, "the owner after the late one gave back", owner(c, "username", name), name);
    KEEPS(PLATFORM->confirm(SELF, quick, &address, 1, PRYV_STR("core-1"), ERR));
}

static void moved(struct check *c)
{
    struct pryv_str name = registered(c), other = registered(c), field = PRYV_STR("email");
    struct pryv_str old = email(c, name).value, new = kit_text(c, "new-%s", old.data);

    KEEPS(PLATFORM->unique_move(SELF, name, field, old, new, ERR));
    kit_same_text(c, "the owner of the old address", owner(c, "email", old), PRYV_STR("nobody"));
    kit_same_text(c, "the owner of the new address", owner(c, "email", new), name);
    kit_same_text(c, "the address", field_of(c, name, "email", true), new);
    CONFLICTS("email", PLATFORM->unique_move(SELF, name, field, new, email(c, other).value, ERR));
    kit_same_text(c, "the owner of the new address after a conflict", owner(c, "email", new), name);
    kit_same_text(c, "the owner of the other address", owner(c, "email", email(c, other).value), other);
    KEEPS(PLATFORM->unique_move(SELF, name, field, new, PRYV_STR_NONE, ERR));
    kit_same_text(c, "the owner of an address that was given up", owner(c, "email", new), PRYV_STR("nobody"));
    KEEPS(PLATFORM->unique_move(SELF, name, field, PRYV_STR_NONE, old, ERR));
    kit_same_text(c, "the owner of an address that was taken anew", owner(c, "email", old), name);
}

static void indexed(struct check *c)
{
    struct pryv_str name = registered(c), other = registered(c);

    KEEPS(PLATFORM->indexed_set(SELF, name, PRYV_STR("language"), PRYV_STR("de"), ERR));
    kit_same_text(c, "the language", field_of(c, name, "language", false), PRYV_STR("de"));
    KEEPS(PLATFORM->indexed_set(SELF, name, PRYV_STR("town"), PRYV_STR("Bern"), ERR));
    kit_same_text(c, "the town", field_of(c, name, "town", false), PRYV_STR("Bern"));
    KEEPS(PLATFORM->indexed_set(SELF, name, PRYV_STR("language"), PRYV_STR_NONE, ERR));
    KEEPS(PLATFORM->indexed_set(SELF, name, PRYV_STR("language"), PRYV_STR_NONE, ERR));
    kit_same_text(c, "the language that was given up", field_of(c, name, "language", false), PRYV_STR("none"));
    kit_same_text(c, "the town after that", field_of(c, name, "town", false), PRYV_STR("Bern"));
    kit_same_text(c, "another's language", field_of(c, other, "language", false), PRYV_STR("fr"));
}

static void user_deleted(struct check *c)
{
    struct pryv_str name = registered(c), other = registered(c), core;

    KEEPS(PLATFORM->user_delete(SELF, name, ERR));
    KEEPS(PLATFORM->user_delete(SELF, name, ERR));
    kit_same_text(c, "the owner of the name", owner(c, "username", name), PRYV_STR("nobody"));
    kit_same_text(c, "the owner of the address", owner(c, "email", email(c, name).value), PRYV_STR("nobody"));
    kit_same_text(c, "the language", field_of(c, name, "language", false), PRYV_STR("none"));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->user_core(SELF, c->mem, name, true, &core, ERR));
    kit_same_text(c, "the owner of another name", owner(c, "username", other), other);
    EXPECT(field_count(c, other) == 3, "another user has %zu fields of 3", field_count(c, other));
    KEEPS(PLATFORM->user_core(SELF, c->mem, other, true, &core, ERR));
}

/* Of contract 1.1; an engine of 1.0 promises nothing. */
static bool can_rename(struct check *c)
{
    return PLATFORM->size > offsetof(struct pryv_platform_ops, user_rename) && PLATFORM->user_rename;
}

static void renamed(struct check *c)
{
    struct pryv_str first = registered(c), second = kit_id(c), third = kit_id(c), core;

    if (!can_rename(c))
        return;
    KEEPS(PLATFORM->user_rename(SELF, first, second, ERR));
    KEEPS(PLATFORM->user_rename(SELF, first, second, ERR));
    KEEPS(PLATFORM->user_rename(SELF, second, third, ERR));
    kit_same_text(c, "the owner of the first name", owner(c, "username", first), third);
    kit_same_text(c, "the owner of the second name", owner(c, "username", second), third);
    kit_same_text(c, "the owner of the present name", owner(c, "username", third), third);
    kit_same_text(c, "the name", field_of(c, third, "username", true), third);
    kit_same_text(c, "the address", field_of(c, third, "email", true), email(c, first).value);
    kit_same_text(c, "the owner of the address", owner(c, "email", email(c, first).value), third);
    kit_same_text(c, "the language", field_of(c, third, "language", false), PRYV_STR("fr"));
    kit_same_text(c, "the address of the first name", field_of(c, first, "email", true), PRYV_STR("none"));
    KEEPS(PLATFORM->user_core(SELF, c->mem, third, true, &core, ERR));
    KEEPS(PLATFORM->user_core(SELF, c->mem, first, true, &core, ERR));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->user_rename(SELF, first, kit_id(c), ERR));
    KEEPS(PLATFORM->user_rename(SELF, third, first, ERR));
    kit_same_text(c, "the name that was taken back", field_of(c, first, "username", true), first);
    kit_same_text(c, "the owner of the third name", owner(c, "username", third), first);
    KEEPS(PLATFORM->user_delete(SELF, first, ERR));
    kit_same_text(c, "the owner of the first name, later", owner(c, "username", first), PRYV_STR("nobody"));
    kit_same_text(c, "the owner of the third name, later", owner(c, "username", third), PRYV_STR("nobody"));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->user_core(SELF, c->mem, second, true, &core, ERR));
}

static void renamed_to_a_taken_name(struct check *c)
{
    struct pryv_str name = registered(c), other = registered(c), former = kit_id(c);
    struct pryv_field_value address = email(c, former);

    if (!can_rename(c))
        return;
    CONFLICTS("username", PLATFORM->user_rename(SELF, name, other, ERR));
    kit_same_text(c, "the owner after a conflict", owner(c, "username", other), other);
    kit_same_text(c, "the address after a conflict", field_of(c, name, "email", true), email(c, name).value);
    KEEPS(PLATFORM->user_rename(SELF, other, former, ERR));
    CONFLICTS("username", PLATFORM->user_rename(SELF, name, other, ERR));
    CONFLICTS("username", PLATFORM->reserve(SELF, kit_id(c), other, &address, 1, pryv_now() + LONG, ERR));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->user_rename(SELF, kit_id(c), kit_id(c), ERR));
}

/* ---- Values ----------------------------------------------------------------------------------- */

static struct pryv_str value(struct check *c, struct pryv_str key)
{
    struct pryv_str found = PRYV_STR_NONE;
    enum pryv_rc rc = PLATFORM->value_get(SELF, c->mem, key, true, &found, ERR);

    EXPECT(rc == PRYV_OK || rc == PRYV_NOT_FOUND, "value_get failed: %s", c->err.message ? c->err.message : "no reason");
    return rc == PRYV_OK ? found : PRYV_STR("none");
}

static void values(struct check *c)
{
    struct pryv_str key = kit_id(c), found;

    KEEPS(PLATFORM->value_put(SELF, key, PRYV_STR("one"), PRYV_ABSENT, ERR));
    KEEPS(PLATFORM->value_put(SELF, key, PRYV_STR("a\0b"), pryv_now() + LONG, ERR));
    kit_same_text(c, "the value", value(c, key), PRYV_STR("a\0b"));
    CONFLICTS("key", PLATFORM->value_put_new(SELF, key, PRYV_STR("two"), PRYV_ABSENT, ERR));
    KEEPS(PLATFORM->value_take(SELF, c->mem, key, &found, ERR));
    kit_same_text(c, "the taken value", found, PRYV_STR("a\0b"));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->value_take(SELF, c->mem, key, &found, ERR));
    KEEPS(PLATFORM->value_put_new(SELF, key, PRYV_STR("three"), PRYV_ABSENT, ERR));
    KEEPS(PLATFORM->value_delete(SELF, key, ERR));
    kit_same_text(c, "the deleted value", value(c, key), PRYV_STR("none"));
    KEEPS(PLATFORM->value_delete(SELF, key, ERR));
}

static void replaced(struct check *c)
{
    struct pryv_str key = kit_id(c);

    ANSWERS(PRYV_NOT_FOUND, PLATFORM->value_replace(SELF, key, PRYV_STR("a"), PRYV_STR("b"), PRYV_ABSENT, ERR));
    KEEPS(PLATFORM->value_put(SELF, key, PRYV_STR("a"), PRYV_ABSENT, ERR));
    KEEPS(PLATFORM->value_replace(SELF, key, PRYV_STR("a"), PRYV_STR("b"), PRYV_ABSENT, ERR));
    CONFLICTS("value", PLATFORM->value_replace(SELF, key, PRYV_STR("a"), PRYV_STR("c"), PRYV_ABSENT, ERR));
    kit_same_text(c, "the value", value(c, key), PRYV_STR("b"));
}

static void values_end(struct check *c)
{
    struct pryv_str key = kit_id(c), found;

    KEEPS(PLATFORM->value_put(SELF, key, PRYV_STR("old"), pryv_now() - 1, ERR));
    kit_same_text(c, "an expired value", value(c, key), PRYV_STR("none"));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->value_take(SELF, c->mem, key, &found, ERR));
    ANSWERS(PRYV_NOT_FOUND, PLATFORM->value_replace(SELF, key, PRYV_STR("old"), PRYV_STR("new"), PRYV_ABSENT, ERR));
    KEEPS(PLATFORM->value_put(SELF, key, PRYV_STR("old"), pryv_now() - 1, ERR));
    KEEPS(PLATFORM->value_put_new(SELF, key, PRYV_STR("new"), pryv_now() + LONG, ERR));
    kit_same_text(c, "the value in the place of an expired one", value(c, key), PRYV_STR("new"));
}

static const char *listed(struct check *c, struct pryv_str prefix, struct pryv_str after, size_t limit)
{
    struct pryv_str *keys, *texts, text = kit_text(c, "%s", "");
    size_t count;

    KEEPS(PLATFORM->values_list(SELF, c->mem, prefix, after, limit, &keys, &texts, &count, ERR));
    for (size_t i = 0; i < count; i++)
        text = kit_text(c, "%s%.*s=%.*s ", text.data, (int) (keys[i].len - prefix.len), keys[i].data + prefix.len,
                        PRYV_STR_ARG(texts[i]));
    return text.data;
}

static void values_listed(struct check *c)
{
    static const char *const keys[] = { "b", "a", "\xc3\xa9", "c", "%", "_x", "d" };
    struct pryv_str prefix = kit_text(c, "%s/%%_", kit_id(c).data), other = kit_text(c, "%.*s/zz", 24, prefix.data);

    for (size_t i = 0; i < PRYV_COUNT(keys); i++)
        KEEPS(PLATFORM->value_put(SELF, kit_text(c, "%s%s", prefix.data, keys[i]), pryv_str(keys[i]),
                                  strcmp(keys[i], "d") == 0 ? pryv_now() - 1 : PRYV_ABSENT, ERR));
    KEEPS(PLATFORM->value_put(SELF, other, PRYV_STR("other"), PRYV_ABSENT, ERR));
    EXPECT_TEXT(listed(c, prefix, PRYV_STR_NONE, 100), "%=% _x=_x a=a b=b c=c \xc3\xa9=\xc3\xa9 ");
    EXPECT_TEXT(listed(c, prefix, PRYV_STR_NONE, 2), "%=% _x=_x ");
    EXPECT_TEXT(listed(c, prefix, kit_text(c, "%sa", prefix.data), 2), "b=b c=c ");
    EXPECT_TEXT(listed(c, prefix, kit_text(c, "%sc", prefix.data), 2), "\xc3\xa9=\xc3\xa9 ");
    EXPECT_TEXT(listed(c, prefix, kit_text(c, "%s\xc3\xa9", prefix.data), 2), "");
    /* Without a prefix all are listed, and those here come one behind the other. */
    EXPECT_TEXT(listed(c, PRYV_STR(""), prefix, 2), kit_text(c, "%s%%=%% %s_x=_x ", prefix.data, prefix.data).data);
}

static void swept(struct check *c)
{
    struct pryv_str soon = kit_id(c), later = kit_id(c), never = kit_id(c), name = kit_id(c);
    struct pryv_field_value address = email(c, name);
    uint64_t removed = 0;
    double now = pryv_now();

    KEEPS(PLATFORM->sweep(SELF, now, &removed, ERR));
    KEEPS(PLATFORM->value_put(SELF, soon, PRYV_STR("x"), now + 5000, ERR));
    KEEPS(PLATFORM->value_put(SELF, later, PRYV_STR("x"), now + 9000, ERR));
    KEEPS(PLATFORM->value_put(SELF, never, PRYV_STR("x"), PRYV_ABSENT, ERR));
    KEEPS(PLATFORM->reserve(SELF, kit_id(c), name, &address, 1, now + 5000, ERR));
    KEEPS(PLATFORM->sweep(SELF, now + 6000, &removed, ERR));
    EXPECT(removed >= 2, "a value and a reservation were over, and %llu removed", (unsigned long long) removed);
    kit_same_text(c, "a swept value", value(c, soon), PRYV_STR("none"));
    kit_same_text(c, "a later value", value(c, later), PRYV_STR("x"));
    kit_same_text(c, "a value without end", value(c, never), PRYV_STR("x"));
    kit_same_text(c, "the owner of a swept reservation", owner(c, "username", name), PRYV_STR("nobody"));
}

static uint64_t users_on(struct check *c, struct pryv_str core_id)
{
    struct pryv_str *ids;
    uint64_t *counts;
    size_t count;

    KEEPS(PLATFORM->core_counts(SELF, c->mem, &ids, &counts, &count, ERR));
    for (size_t i = 0; i < count; i++)
        if (pryv_str_is(ids[i], core_id))
            return counts[i];
    return 0;
}

/* Two users, of whom one has had another name, which lives there as well and is not told. */
static void by_core(struct check *c)
{
    struct pryv_str first, second, later = kit_id(c), here = PRYV_STR("core-1"), there = kit_id(c), *names;
    uint64_t before, moved;
    size_t count;

    if (c->platform->size < sizeof(*c->platform) || !PLATFORM->core_counts || !PLATFORM->core_users || !PLATFORM->core_move) {
        kit_skip(c, "the engine does not tell users by their core");
        return;
    }
    before = users_on(c, here);
    first = registered(c);
    second = registered(c);
    KEEPS(PLATFORM->user_rename(SELF, second, later, ERR));
    EXPECT(users_on(c, here) == before + 2, "two users more are counted as %d more", (int) (users_on(c, here) - before));
    KEEPS(PLATFORM->core_move(SELF, here, there, &moved, ERR));
    EXPECT(users_on(c, here) == 0 && users_on(c, there) == before + 2, "not all users are moved, or not counted there");
    KEEPS(PLATFORM->core_users(SELF, c->mem, there, PRYV_STR_NONE, 10000, &names, &count, ERR));
    EXPECT(count == before + 2, "%d users are told of %d", (int) count, (int) before + 2);
    for (size_t i = 0; i < count; i++)
        EXPECT(!pryv_str_is(names[i], second) && (i == 0 || strcmp(names[i - 1].data, names[i].data) < 0),
               "a former name is told, or the order is another");
    KEEPS(PLATFORM->core_users(SELF, c->mem, there, PRYV_STR_NONE, 1, &names, &count, ERR));
    EXPECT(count == 1, "%zu users are told, at most 1 asked for", count);
    KEEPS(PLATFORM->core_users(SELF, c->mem, there, first, 10000, &names, &count, ERR));
    EXPECT(count == 0 || !pryv_str_is(names[0], first), "the name to begin behind is told again");
    KEEPS(PLATFORM->core_move(SELF, there, here, &moved, ERR));
}

const struct subject platform_subject = {
    "platform",
    (const struct promise[]){
        { "what is confirmed is found: names, fields, core", confirmed, NEEDS_PLATFORM },
        { "a reservation of what is taken fails, names every taken field, and takes nothing", taken, NEEDS_PLATFORM },
        { "a reservation counts until it ends", reserved, NEEDS_PLATFORM },
        { "release gives back what the reservation holds and nothing else", released, NEEDS_PLATFORM },
        { "a reservation ends by itself, and then holds nothing of the next one", reservation_ends, NEEDS_PLATFORM },
        { "a unique field moves at once; a taken value is a CONFLICT of the field", moved, NEEDS_PLATFORM },
        { "indexed fields are set", indexed, NEEDS_PLATFORM },
        { "a deleted user has nothing left", user_deleted, NEEDS_PLATFORM },
        { "a renamed user keeps all fields, and all names until it is deleted", renamed, NEEDS_PLATFORM },
        { "nobody is renamed to a name that another has or had", renamed_to_a_taken_name, NEEDS_PLATFORM },
        { "users are told by their core, and moved to another", by_core, NEEDS_PLATFORM },
        { "values are put, found, taken, deleted", values, NEEDS_PLATFORM },
        { "a value is replaced only while it is the expected one", replaced, NEEDS_PLATFORM },
        { "an expired value is not there", values_end, NEEDS_PLATFORM },
        { "values are listed by key, with a prefix, page after page", values_listed, NEEDS_PLATFORM },
        { "sweep removes what is over, and nothing else", swept, NEEDS_PLATFORM },
        { NULL, NULL, 0 },
    },
};
