/* sessions.c - who is signed in. */
#include "kit.h"

static struct pryv_session_row signed_in(const char *id, const char *app, double expires)
{
    return (struct pryv_session_row){ pryv_str(id), PRYV_STR("julie"), pryv_str(app), expires };
}

static void same(struct check *c, const struct pryv_session_row *found, const struct pryv_session_row *expected)
{
    kit_same_text(c, "the session's id", found->id, expected->id);
    kit_same_text(c, "the session's username", found->username, expected->username);
    kit_same_text(c, "the session's app_id", found->app_id, expected->app_id);
    kit_same_number(c, "the session's expires", found->expires, expected->expires);
}

static void comes_back(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_session_row row = signed_in("a", "my-app", 1000.125), found;

    KEEPS(c->storage->session_put(s, &row, ERR));
    kit_commit(c, s);
    s = kit_read(c, user);
    KEEPS(c->storage->session_get(s, c->mem, row.id, 1000, &found, ERR));
    same(c, &found, &row);
    KEEPS(c->storage->session_find(s, c->mem, row.username, row.app_id, 1000, &found, ERR));
    same(c, &found, &row);
    ANSWERS(PRYV_NOT_FOUND, c->storage->session_get(s, c->mem, PRYV_STR("b"), 1000, &found, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->session_find(s, c->mem, row.username, PRYV_STR("other"), 1000, &found, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->session_find(s, c->mem, PRYV_STR("other"), row.app_id, 1000, &found, ERR));
}

static void expired(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_session_row old = signed_in("old", "my-app", 10), live = signed_in("live", "my-app", 100), found;

    KEEPS(c->storage->session_put(s, &old, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->session_get(s, c->mem, old.id, 11, &found, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->session_find(s, c->mem, old.username, old.app_id, 11, &found, ERR));
    KEEPS(c->storage->session_put(s, &live, ERR));
    KEEPS(c->storage->session_find(s, c->mem, old.username, old.app_id, 11, &found, ERR));
    same(c, &found, &live);
}

static void put_replaces(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_session_row row = signed_in("a", "my-app", 1000), longer = signed_in("a", "my-app", 5000), found;

    KEEPS(c->storage->session_put(s, &row, ERR));
    KEEPS(c->storage->session_put(s, &longer, ERR));
    KEEPS(c->storage->session_get(s, c->mem, row.id, 2000, &found, ERR));
    same(c, &found, &longer);
    longer.app_id = PRYV_STR("other-app");
    KEEPS(c->storage->session_put(s, &longer, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->session_find(s, c->mem, row.username, row.app_id, 2000, &found, ERR));
}

static void deleted(struct check *c)
{
    struct pryv_session *s = kit_write(c, kit_user(c));
    struct pryv_session_row row = signed_in("a", "my-app", 1000), found;

    KEEPS(c->storage->session_put(s, &row, ERR));
    KEEPS(c->storage->session_delete(s, row.id, ERR));
    KEEPS(c->storage->session_delete(s, row.id, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->session_get(s, c->mem, row.id, 0, &found, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->session_find(s, c->mem, row.username, row.app_id, 0, &found, ERR));
}

const struct subject sessions_subject = {
    "sessions",
    (const struct promise[]){
        { "a session is found by id, and by user and app", comes_back, 0 },
        { "an expired one is NOT_FOUND, the live one of an app is found", expired, 0 },
        { "put replaces by id", put_replaces, 0 },
        { "a deleted one is gone; again is no error", deleted, 0 },
        { NULL, NULL, 0 },
    },
};
