/* users.c - the index of users, and sessions on the space of one. */
#include "storage.h"
#include <stdlib.h>

static enum pryv_rc add_user(struct pryv_session *s, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct pryv_str by_id = map_key(err->arena, USER_BY_ID, id), by_name = map_key(err->arena, USER_BY_NAME, username);

    if (session_find(s, by_id))
        return pryv_conflict(err, "id", "there is a user %.*s", PRYV_STR_ARG(id));
    if (session_find(s, by_name))
        return pryv_conflict(err, "username", "there is a user called %.*s", PRYV_STR_ARG(username));

    struct row *row =
        row_new(VALUE, &(struct value){ .key = id, .text = username, .expires = PRYV_ABSENT, .space = space_new() });

    session_put(s, by_id, row);
    session_put(s, by_name, row);
    row_release(row);
    return session_commit(s, err);
}

static enum pryv_rc user_create(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct memory *memory = self;
    struct pryv_session s;

    MUST(session_begin(&s, memory->users, true, err));

    enum pryv_rc rc = add_user(&s, id, username, err);

    session_end(&s);
    return rc;
}

static enum pryv_rc change_name(struct pryv_session *s, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct pryv_str by_id = map_key(err->arena, USER_BY_ID, id), by_name = map_key(err->arena, USER_BY_NAME, username);
    const struct row *old = session_find(s, by_id), *holder = session_find(s, by_name);

    if (!old)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    if (holder && !pryv_str_is(holder->value.key, id))
        return pryv_conflict(err, "username", "there is a user called %.*s", PRYV_STR_ARG(username));

    struct row *row = row_new(
        VALUE, &(struct value){ .key = id, .text = username, .expires = PRYV_ABSENT, .space = space_keep(old->value.space) });

    session_remove(s, map_key(err->arena, USER_BY_NAME, old->value.text));
    session_put(s, by_id, row);
    session_put(s, by_name, row);
    row_release(row);
    return session_commit(s, err);
}

static enum pryv_rc user_rename(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct memory *memory = self;
    struct pryv_session s;

    MUST(session_begin(&s, memory->users, true, err));

    enum pryv_rc rc = change_name(&s, id, username, err);

    session_end(&s);
    return rc;
}

/* A text of the user that the key leads to. */
static enum pryv_rc user_find(struct memory *memory, struct pryv_arena *mem, struct pryv_str key, bool name, struct pryv_str *out,
                              struct pryv_err *err)
{
    struct pryv_session s;
    MUST(session_begin(&s, memory->users, false, err));
    const struct row *row = session_find(&s, key);

    if (row)
        *out = pryv_str_copy(mem, name ? row->value.text : row->value.key);
    session_end(&s);
    return row ? PRYV_OK : pryv_fail(err, PRYV_NOT_FOUND, "no such user");
}

static enum pryv_rc user_by_name(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str *id,
                                 struct pryv_err *err)
{
    return user_find(self, mem, map_key(err->arena, USER_BY_NAME, username), false, id, err);
}

static enum pryv_rc user_by_id(void *self, struct pryv_arena *mem, struct pryv_str id, struct pryv_str *username,
                               struct pryv_err *err)
{
    return user_find(self, mem, map_key(err->arena, USER_BY_ID, id), true, username, err);
}

static enum pryv_rc user_erase(void *self, struct pryv_str id, struct pryv_err *err)
{
    struct memory *memory = self;
    struct pryv_session s;
    struct pryv_str by_id = map_key(err->arena, USER_BY_ID, id);
    MUST(session_begin(&s, memory->users, true, err));
    const struct row *row = session_find(&s, by_id);
    enum pryv_rc rc = PRYV_OK;

    if (row) {
        space_erase(row->value.space);
        session_remove(&s, map_key(err->arena, USER_BY_NAME, row->value.text));
        session_remove(&s, by_id);
        rc = session_commit(&s, err);
    }
    session_end(&s);
    return rc;
}

static enum pryv_rc users_list(void *self, struct pryv_arena *mem, struct pryv_str after, size_t limit, struct pryv_str **ids,
                               struct pryv_str **usernames, size_t *count, struct pryv_err *err)
{
    struct memory *memory = self;
    struct pryv_session s;
    struct map_walk walk = { .prefix = all_of(USER_BY_NAME) };
    MUST(session_begin(&s, memory->users, false, err));
    if (after.data)
        walk.after = map_key(err->arena, USER_BY_NAME, after);

    list_values(&s, mem, walk, limit, ids, usernames, NULL, count);
    session_end(&s);
    return PRYV_OK;
}

/* ---- Sessions --------------------------------------------------------------------------------- */

static enum pryv_rc user_space(struct memory *memory, struct pryv_str id, struct space **out, struct pryv_err *err)
{
    struct pryv_session s;
    MUST(session_begin(&s, memory->users, false, err));
    const struct row *row = session_find(&s, map_key(err->arena, USER_BY_ID, id));

    if (row)
        *out = space_keep(row->value.space);
    session_end(&s);
    return row ? PRYV_OK : pryv_fail(err, PRYV_NOT_FOUND, "no such user");
}

static enum pryv_rc open_session(void *self, struct pryv_str user_id, enum pryv_session_mode mode, struct pryv_session **out,
                                 struct pryv_err *err)
{
    struct space *space = NULL;
    struct pryv_session *s;
    enum pryv_rc rc = user_space(self, user_id, &space, err);

    if (rc != PRYV_OK)
        return rc;
    s = malloc(sizeof(*s));
    if (!s)
        abort();
    rc = session_begin(s, space, mode == PRYV_WRITE, err);
    space_release(space);
    if (rc == PRYV_OK)
        *out = s;
    else
        free(s);
    return rc;
}

static void close_session(struct pryv_session *s)
{
    if (!s)
        return;
    session_end(s);
    free(s);
}

/* Rows live in memory, versions share what they have in common: this counts each once, as if it were written down. */
static enum pryv_rc usage(struct pryv_session *s, uint64_t *events, uint64_t *streams, uint64_t *bytes, struct pryv_err *err)
{
    static const struct {
        const char *table;
        bool events, streams;
    } tables[] = {
        { EVENT_BY_ID, true, false },    { STREAM_BY_ID, false, true },      { STREAM_DELETION, false, true },
        { AUDIT_BY_ID, false, false },   { CHUNK_BY_ID, false, false },      { ACCESS_BY_ID, false, false },
        { SESSION_BY_ID, false, false }, { PASSWORD_BY_TIME, false, false }, { ACCOUNT_BY_FIELD, false, false },
        { VALUE_BY_KEY, false, false },  { WEBHOOK_BY_ID, false, false },
    };
    MUST(session_reads(s, err));
    *events = *streams = *bytes = 0;
    for (size_t i = 0; i < PRYV_COUNT(tables); i++) {
        struct map_walk walk = { .map = s->map, .prefix = all_of(tables[i].table) };

        for (const struct row *row = map_step(&walk); row; row = map_step(&walk)) {
            *events += tables[i].events;
            *streams += tables[i].streams;
            *bytes += row->bytes;
        }
    }
    return PRYV_OK;
}

void users_offer(struct pryv_storage_ops *ops)
{
    ops->user_create = user_create;
    ops->user_by_name = user_by_name;
    ops->user_by_id = user_by_id;
    ops->user_rename = user_rename;
    ops->user_erase = user_erase;
    ops->users_list = users_list;
    ops->open = open_session;
    ops->commit = session_commit;
    ops->close = close_session;
    ops->usage = usage;
}
