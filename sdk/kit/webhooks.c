/* webhooks.c - webhooks. */
#include "kit.h"

static struct pryv_webhook_row hook(const char *id, const char *access, const char *url)
{
    return (
        struct pryv_webhook_row){ pryv_str(id), pryv_str(access), pryv_str(url), PRYV_STR("{\"runCount\":0}"), 10.125, 20.25 };
}

static const char *all(struct check *c, struct pryv_session *s)
{
    struct pryv_webhook_row *rows;
    size_t count;
    struct pryv_str text = kit_text(c, "%s", "");

    KEEPS(c->storage->webhooks_all(s, c->mem, &rows, &count, ERR));
    for (int id = 'a'; id <= 'z'; id++)
        for (size_t i = 0; i < count; i++)
            if (rows[i].id.data[0] == id)
                text = kit_text(c, "%s%.*s %.*s %.*s %.*s %g %g;", text.data, PRYV_STR_ARG(rows[i].id),
                                PRYV_STR_ARG(rows[i].access_id), PRYV_STR_ARG(rows[i].url), PRYV_STR_ARG(rows[i].state_json),
                                rows[i].created, rows[i].modified);
    return text.data;
}

static void comes_back(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_webhook_row a = hook("a", "access", "https://a/"), b = hook("b", "access", "https://b/");

    KEEPS(c->storage->webhook_insert(s, &a, ERR));
    KEEPS(c->storage->webhook_insert(s, &b, ERR));
    b.state_json = PRYV_STR("{\"runCount\":7}");
    b.url = PRYV_STR("https://c/");
    b.modified = 30;
    KEEPS(c->storage->webhook_update(s, &b, ERR));
    kit_commit(c, s);
    EXPECT_TEXT(all(c, kit_read(c, user)),
                "a access https://a/ {\"runCount\":0} 10.125 20.25;b access https://c/ {\"runCount\":7} 10.125 30;");
}

static void taken_url(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_webhook_row a = hook("a", "access", "https://a/"), other = hook("b", "other", "https://a/"),
                            same = hook("c", "access", "https://a/");

    KEEPS(c->storage->webhook_insert(s, &a, ERR));
    KEEPS(c->storage->webhook_insert(s, &other, ERR));
    kit_commit(c, s);
    s = kit_write(c, user);
    CONFLICTS("url", c->storage->webhook_insert(s, &same, ERR));
    s = kit_write(c, user);
    other.access_id = a.access_id;
    CONFLICTS("url", c->storage->webhook_update(s, &other, ERR));
}

static void deleted(struct check *c)
{
    struct pryv_str user = kit_user(c);
    struct pryv_session *s = kit_write(c, user);
    struct pryv_webhook_row a = hook("a", "access", "https://a/");

    KEEPS(c->storage->webhook_insert(s, &a, ERR));
    KEEPS(c->storage->webhook_delete(s, a.id, ERR));
    EXPECT_TEXT(all(c, s), "");
    KEEPS(c->storage->webhook_insert(s, &a, ERR));
    KEEPS(c->storage->webhook_delete(s, a.id, ERR));
    ANSWERS(PRYV_NOT_FOUND, c->storage->webhook_delete(s, a.id, ERR));
    s = kit_write(c, user);
    ANSWERS(PRYV_NOT_FOUND, c->storage->webhook_update(s, &a, ERR));
}

const struct subject webhooks_subject = {
    "webhooks",
    (const struct promise[]){
        { "a webhook comes back, and is replaced", comes_back, 0 },
        { "two of one access and URL are a CONFLICT of url", taken_url, 0 },
        { "a deleted one is gone; unknown is NOT_FOUND", deleted, 0 },
        { NULL, NULL, 0 },
    },
};
