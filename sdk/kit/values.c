/* values.c - values by scope and key. */
#include "kit.h"

static void set(struct check *c, struct pryv_session *s, const char *scope, struct pryv_str key, const char *value)
{
    KEEPS(c->storage->value_set(s, pryv_str(scope), key, pryv_str(value), ERR));
}

static const char *all(struct check *c, struct pryv_session *s, const char *scope)
{
    struct pryv_str *keys, *values, text = kit_text(c, "%s", "");
    size_t count;

    KEEPS(c->storage->value_all(s, c->mem, pryv_str(scope), &keys, &values, &count, ERR));
    for (size_t i = 0; i < count; i++)
        text = kit_text(c, "%s%.*s=%.*s ", text.data, PRYV_STR_ARG(keys[i]), PRYV_STR_ARG(values[i]));
    return text.data;
}

static void by_scope_and_key(struct check *c)
{
    struct pryv_str user = kit_user(c), found = PRYV_STR("untouched");
    struct pryv_session *s = kit_write(c, user);

    set(c, s, "profile", PRYV_STR("public"), "{\"a\":1}");
    set(c, s, "profile", PRYV_STR("public"), "{\"a\":2}");
    set(c, s, "profile", PRYV_STR("app"), "[]");
    set(c, s, "store:x", PRYV_STR("public"), "null");
    set(c, s, "profilepublic", PRYV_STR(""), "1");
    kit_commit(c, s);
    s = kit_read(c, user);
    ANSWERS(PRYV_NOT_FOUND, c->storage->value_get(s, c->mem, PRYV_STR("profile"), PRYV_STR("x"), &found, ERR));
    EXPECT(pryv_str_equal(found, "untouched"), "an out parameter was changed by a failure");
    KEEPS(c->storage->value_get(s, c->mem, PRYV_STR("profile"), PRYV_STR("public"), &found, ERR));
    kit_same_text(c, "the value", found, PRYV_STR("{\"a\":2}"));
    EXPECT_TEXT(all(c, s, "profile"), "app=[] public={\"a\":2} ");
    EXPECT_TEXT(all(c, s, "store:x"), "public=null ");
    EXPECT_TEXT(all(c, s, "nothing"), "");
}

static void absent_deletes(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_str found;

    set(c, s, "profile", PRYV_STR("public"), "{}");
    set(c, s, "profile", PRYV_STR("other"), "1");
    set(c, s, "other", PRYV_STR("public"), "2");
    set(c, s, "profile", PRYV_STR("public"), NULL);
    set(c, s, "profile", PRYV_STR("never"), NULL);
    ANSWERS(PRYV_NOT_FOUND, c->storage->value_get(s, c->mem, PRYV_STR("profile"), PRYV_STR("public"), &found, ERR));
    EXPECT_TEXT(all(c, s, "profile"), "other=1 ");
    EXPECT_TEXT(all(c, s, "other"), "public=2 ");
}

static void odd_keys(struct check *c)
{
    static const struct pryv_str keys[] = {
        { "", 0 }, { "a\0b", 3 }, { "a\0", 2 }, { "a", 1 }, { "%", 1 }, { "'\"", 2 }, { "\xf0\x9f\x98\x80", 4 }
    };
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_str found;

    for (size_t i = 0; i < PRYV_COUNT(keys); i++)
        set(c, s, "odd", keys[i], kit_text(c, "%zu", i).data);
    for (size_t i = 0; i < PRYV_COUNT(keys); i++) {
        KEEPS(c->storage->value_get(s, c->mem, PRYV_STR("odd"), keys[i], &found, ERR));
        kit_same_text(c, "the value", found, kit_text(c, "%zu", i));
    }
}

static void of_a_megabyte(struct check *c)
{
    struct pryv_str user = kit_user(c), large = kit_text(c, "\"%01000000d\"", 7), found;
    struct pryv_session *s = kit_write(c, user);

    set(c, s, "profile", PRYV_STR("large"), large.data);
    kit_commit(c, s);
    KEEPS(c->storage->value_get(kit_read(c, user), c->mem, PRYV_STR("profile"), PRYV_STR("large"), &found, ERR));
    kit_same_text(c, "the value", found, large);
}

const struct subject values_subject = {
    "values",
    (const struct promise[]){
        { "found by scope and key, replaced, listed by key", by_scope_and_key, 0 },
        { "an absent value deletes", absent_deletes, 0 },
        { "keys are bytes", odd_keys, 0 },
        { "a value of a megabyte comes back", of_a_megabyte, 0 },
        { NULL, NULL, 0 },
    },
};
