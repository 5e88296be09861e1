/* users.c - the users of this core, and how they end.
 *
 * A user's row in the index names the chain with the user's data. The chain is begun before the row is committed, and a row that is there has a chain.
 * Erasing moves the chain's name to the list of erased ones, in one transaction; then its commits go, so that no session opens or
 * commits; then, after a moment that lets other processes' readers notice, its rows. The list keeps the name for as long as a writer may
 * have been late, and what such a one left is then taken away too. */
#include "collection.h"
#include "engine.h"
#include <pryv/crypto.h>
#include <pryv/log.h>
#include <stdlib.h>
#include <unistd.h>

enum { UNFINISHED_SECONDS = 60 };

static struct chain chain_of(const struct engine *engine, struct pryv_str name)
{
    struct chain chain = engine->users;

    snprintf(chain.name, sizeof(chain.name), "%.*s", PRYV_STR_ARG(name));
    return chain;
}

static struct pryv_str name_key(struct pryv_arena *mem, struct pryv_str username)
{
    return key_of(mem, "name:", username);
}

/* ---- Finding --------------------------------------------------------------------------------- */

/* By id, or by name where the id is absent. */
static enum pryv_rc find_user(struct engine *engine, struct pryv_arena *mem, struct pryv_str id, struct pryv_str username,
                              struct user_row *out, struct pryv_err *err)
{
    struct pryv_session s;
    struct version found;
    enum pryv_rc rc = session_begin(&s, engine, &engine->users, PRYV_READ, false, err);
    int there;

    if (rc != PRYV_OK)
        return rc;
    there = id.data ? session_get(&s, &user_kind, mem, id, &found, err)
                    : session_find(&s, &user_kind, mem, name_key(err->arena, username), &found, err);
    if (there > 0)
        document_read_row(found.document, &user_kind, out);
    session_end(&s);
    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    return there > 0 ? PRYV_OK : (enum pryv_rc) there;
}

static enum pryv_rc user_by_name(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str *id,
                                 struct pryv_err *err)
{
    struct user_row row;
    enum pryv_rc rc = find_user(self, mem, PRYV_STR_NONE, username, &row, err);

    if (rc == PRYV_OK)
        *id = row.id;
    return rc;
}

static enum pryv_rc user_by_id(void *self, struct pryv_arena *mem, struct pryv_str id, struct pryv_str *username,
                               struct pryv_err *err)
{
    struct user_row row;
    enum pryv_rc rc = find_user(self, mem, id, PRYV_STR_NONE, &row, err);

    if (rc == PRYV_OK)
        *username = row.username;
    return rc;
}

static enum pryv_rc list_users(struct pryv_session *s, struct pryv_str after, size_t limit, struct pryv_rows *out,
                               struct pryv_err *err)
{
    bson_t conditions = BSON_INITIALIZER, options = BSON_INITIALIZER, member;
    struct scan scan = { 0 };
    struct document found;

    if (after.data) {
        bson_append_document_begin(&conditions, "username", -1, &member);
        document_put_text(&member, "$gt", after);
        bson_append_document_end(&conditions, &member);
    }
    bson_append_document_begin(&options, "sort", -1, &member);
    bson_append_int32(&member, "username", -1, 1);
    bson_append_document_end(&options, &member);
    if (limit < INT32_MAX)
        bson_append_int64(&options, "limit", -1, (int64_t) limit);

    int more = (int) scan_begin(s, &user_kind, &conditions, &options, &scan, err);

    if (more == PRYV_OK)
        while (out->count < limit && (more = scan_next(&scan, &found, err)) > 0)
            document_read_row(document_copy(out->mem, found), &user_kind, pryv_rows_add(out));
    scan_end(&scan);
    bson_destroy(&conditions);
    bson_destroy(&options);
    return more < 0 ? (enum pryv_rc) more : PRYV_OK;
}

static enum pryv_rc users_list(void *self, struct pryv_arena *mem, struct pryv_str after, size_t limit, struct pryv_str **ids,
                               struct pryv_str **usernames, size_t *count, struct pryv_err *err)
{
    struct engine *engine = self;
    struct pryv_rows rows = PRYV_ROWS(mem, struct user_row);
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, &engine->users, PRYV_READ, false, err);
    const struct user_row *all;

    if (rc != PRYV_OK)
        return rc;
    if (limit)
        rc = list_users(&s, after, limit, &rows, err);
    session_end(&s);
    if (rc != PRYV_OK)
        return rc;
    all = rows.items;
    *ids = pryv_new_array(mem, struct pryv_str, rows.count + 1);
    *usernames = pryv_new_array(mem, struct pryv_str, rows.count + 1);
    for (size_t i = 0; i < rows.count; i++) {
        (*ids)[i] = all[i].id;
        (*usernames)[i] = all[i].username;
    }
    *count = rows.count;
    return PRYV_OK;
}

/* ---- Which chain ----------------------------------------------------------------------------- */

static struct known_user *place_of(struct engine *engine, struct pryv_str id)
{
    uint64_t sum = 0xcbf29ce484222325u;

    for (size_t i = 0; i < id.len; i++)
        sum = (sum ^ (unsigned char) id.data[i]) * 0x100000001b3u;
    return &engine->known[(sum ^ sum >> 32) % KNOWN_USERS];
}

static bool recall(struct engine *engine, struct pryv_str id, struct chain *out)
{
    struct known_user *known = place_of(engine, id);
    bool is_known;

    pthread_mutex_lock(&engine->known_lock);
    is_known = known->id && pryv_str_equal(id, known->id);
    if (is_known)
        *out = chain_of(engine, pryv_str(known->chain));
    pthread_mutex_unlock(&engine->known_lock);
    return is_known;
}

static void remember(struct engine *engine, struct pryv_str id, const char *chain)
{
    struct known_user *known = place_of(engine, id);

    if (id.len && memchr(id.data, '\0', id.len))
        return;
    pthread_mutex_lock(&engine->known_lock);
    free(known->id);
    known->id = pryv_str_dup(id);
    snprintf(known->chain, sizeof(known->chain), "%s", chain);
    pthread_mutex_unlock(&engine->known_lock);
}

enum pryv_rc user_chain(struct engine *engine, struct pryv_str id, bool fresh, struct chain *out, struct pryv_err *err)
{
    struct user_row row;
    enum pryv_rc rc;

    if (!fresh && recall(engine, id, out))
        return PRYV_OK;
    if ((rc = find_user(engine, err->arena, id, PRYV_STR_NONE, &row, err)) != PRYV_OK)
        return rc;
    *out = chain_of(engine, row.chain);
    remember(engine, id, out->name);
    return PRYV_OK;
}

/* ---- Making and renaming --------------------------------------------------------------------- */

static enum pryv_rc check_name_free(struct pryv_session *s, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct version other;
    int there = session_find(s, &user_kind, err->arena, name_key(err->arena, username), &other, err);

    if (there > 0 && !pryv_str_is(document_text(other.document, "id"), id))
        return pryv_conflict(err, "username", "another user has this name");
    return there < 0 ? (enum pryv_rc) there : PRYV_OK;
}

static enum pryv_rc put_user(struct pryv_session *s, const struct user_row *row, const struct version *before,
                             struct pryv_err *err)
{
    struct pryv_str key = name_key(err->arena, row->username);

    return session_put_row(s, &user_kind, row->id, &key, 1, row, before, err);
}

static enum pryv_rc create(struct pryv_session *s, void *row_, struct pryv_err *err)
{
    struct user_row *row = row_;
    struct version before;
    int there = session_get(s, &user_kind, err->arena, row->id, &before, err);
    enum pryv_rc rc;

    if (there > 0)
        return pryv_conflict(err, "id", "a user has this id");
    if (there < 0)
        return (enum pryv_rc) there;
    if ((rc = check_name_free(s, row->id, row->username, err)) != PRYV_OK)
        return rc;
    if (!row->chain.data) { /* else it was begun in an attempt that came too late */
        struct pryv_str name = pryv_id_new(err->arena);
        struct chain chain = chain_of(s->engine, name);

        if ((rc = chain_begin(&chain, s->client, err)) != PRYV_OK)
            return rc;
        row->chain = name;
    }
    return put_user(s, row, NULL, err);
}

static enum pryv_rc user_create(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct engine *engine = self;
    struct user_row row = { id, username, PRYV_STR_NONE };
    enum pryv_rc rc = session_run(engine, &engine->users, create, &row, err);

    if (rc == PRYV_OK)
        remember(engine, id, chain_of(engine, row.chain).name);
    if (rc == PRYV_CONFLICT && row.chain.data) { /* another process made it while this one had only begun the chain */
        struct chain chain = chain_of(engine, row.chain);
        struct pryv_err unseen = PRYV_ERR(err->arena);
        mongoc_client_t *client;

        if (server_take(&engine->server, &client, &unseen) == PRYV_OK) {
            (void) !chain_end(&chain, client, &unseen);
            server_give(&engine->server, client);
        }
    }
    return rc;
}

static enum pryv_rc rename_user(struct pryv_session *s, void *wanted_, struct pryv_err *err)
{
    const struct user_row *wanted = wanted_;
    struct user_row row;
    struct version before;
    int there = session_get(s, &user_kind, err->arena, wanted->id, &before, err);
    enum pryv_rc rc;

    if (there == 0)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such user");
    if (there < 0)
        return (enum pryv_rc) there;
    if ((rc = check_name_free(s, wanted->id, wanted->username, err)) != PRYV_OK)
        return rc;
    document_read_row(before.document, &user_kind, &row);
    row.username = wanted->username;
    return put_user(s, &row, &before, err);
}

static enum pryv_rc user_rename(void *self, struct pryv_str id, struct pryv_str username, struct pryv_err *err)
{
    struct engine *engine = self;
    struct user_row row = { id, username, PRYV_STR_NONE };

    return session_run(engine, &engine->users, rename_user, &row, err);
}

/* ---- Erasing --------------------------------------------------------------------------------- */

struct erasing {
    struct pryv_str id;
    struct pryv_str chain; /* absent: there was no such user */
};

static enum pryv_rc move_to_erased(struct pryv_session *s, void *erasing_, struct pryv_err *err)
{
    struct erasing *erasing = erasing_;
    struct user_row row;
    struct version before;
    int there = session_get(s, &user_kind, err->arena, erasing->id, &before, err);
    enum pryv_rc rc;

    erasing->chain = PRYV_STR_NONE;
    if (there <= 0)
        return (enum pryv_rc) there;
    document_read_row(before.document, &user_kind, &row);

    const struct erased_user_row record = { row.chain, pryv_now(), false };

    erasing->chain = row.chain;
    if ((rc = session_remove(s, &user_kind, &before, err)) != PRYV_OK)
        return rc;
    return session_put_row(s, &erased_user_kind, record.id, NULL, 0, &record, NULL, err);
}

/* The time of an erased user's ended versions in the index is now: they hold the user's id and name. */
static enum pryv_rc forget_in_index(struct engine *engine, mongoc_client_t *client, struct pryv_str id, struct pryv_err *err)
{
    mongoc_collection_t *users = chain_collection(&engine->users, client, user_kind.collection);
    bson_t filter = BSON_INITIALIZER, member;
    enum pryv_rc rc;

    bson_append_utf8(&filter, "u", -1, engine->users.name, -1);
    document_put_text(&filter, "id", id);
    bson_append_document_begin(&filter, "to", -1, &member);
    bson_append_int64(&member, "$lt", -1, FOR_EVER);
    bson_append_document_end(&filter, &member);
    rc = collection_delete_many(users, &filter, NULL, err);
    bson_destroy(&filter);
    mongoc_collection_destroy(users);
    return rc;
}

static void end_sessions(struct engine *engine, const char *chain)
{
    pthread_mutex_lock(&engine->sessions_lock);
    for (struct pryv_session *session = engine->sessions; session; session = session->after)
        if (strcmp(session->chain.name, chain) == 0)
            session->erased = true;
    pthread_mutex_unlock(&engine->sessions_lock);
}

static enum pryv_rc erase_rows(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;
    bson_t filter = BSON_INITIALIZER;

    bson_append_utf8(&filter, "u", -1, chain->name, -1);
    for (size_t i = 0; rc == PRYV_OK && user_data_kinds[i]; i++) {
        mongoc_collection_t *collection = chain_collection(chain, client, user_data_kinds[i]->collection);

        rc = chain->apart ? collection_drop(collection, err) : collection_delete_many(collection, &filter, NULL, err);
        mongoc_collection_destroy(collection);
    }
    bson_destroy(&filter);
    return rc;
}

static enum pryv_rc erase_parts(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err)
{
    mongoc_collection_t *parts = chain_collection(chain, client, COMMIT_PARTS);
    bson_t filter = BSON_INITIALIZER, range;
    enum pryv_rc rc;

    bson_append_document_begin(&filter, "_id", -1, &range);
    document_put_text(&range, "$gte", pryv_format(err->arena, "%s.", chain->name));
    document_put_text(&range, "$lt", pryv_format(err->arena, "%s/", chain->name));
    bson_append_document_end(&filter, &range);
    rc = chain->apart ? collection_drop(parts, err) : collection_delete_many(parts, &filter, NULL, err);
    bson_destroy(&filter);
    mongoc_collection_destroy(parts);
    return rc;
}

static enum pryv_rc erase_chain(struct engine *engine, struct pryv_str name, bool at_once, struct pryv_err *err)
{
    struct chain chain = chain_of(engine, name);
    mongoc_client_t *client;
    enum pryv_rc rc = server_take(&engine->server, &client, err);

    if (rc != PRYV_OK)
        return rc;
    end_sessions(engine, chain.name);
    rc = chain_end(&chain, client, err);
    if (rc == PRYV_OK && !at_once)
        usleep((useconds_t) (ERASE_WAIT_SECONDS * 1e6));
    if (rc == PRYV_OK)
        rc = erase_rows(&chain, client, err);
    if (rc == PRYV_OK)
        rc = erase_parts(&chain, client, err);
    server_give(&engine->server, client);
    return rc;
}

static enum pryv_rc mark_done(struct pryv_session *s, void *name_, struct pryv_err *err)
{
    const struct pryv_str *name = name_;
    struct erased_user_row row;
    struct version before;
    int there = session_get(s, &erased_user_kind, err->arena, *name, &before, err);

    if (there <= 0)
        return (enum pryv_rc) there;
    document_read_row(before.document, &erased_user_kind, &row);
    row.done = true;
    return session_put_row(s, &erased_user_kind, row.id, NULL, 0, &row, &before, err);
}

static enum pryv_rc list_erased(struct engine *engine, struct pryv_rows *out, struct pryv_err *err)
{
    struct pryv_session s;
    enum pryv_rc rc = session_begin(&s, engine, &engine->users, PRYV_READ, false, err);

    if (rc != PRYV_OK)
        return rc;
    rc = session_rows(&s, &erased_user_kind, PRYV_STR_NONE, out, err);
    session_end(&s);
    return rc;
}

/* This one, and what a crash left unfinished of earlier ones: the index does not know any more whose that was. */
static enum pryv_rc finish_erasing(struct engine *engine, struct pryv_err *err)
{
    struct pryv_rows erased = PRYV_ROWS(err->arena, struct erased_user_row);
    enum pryv_rc rc = list_erased(engine, &erased, err);

    for (size_t i = 0; rc == PRYV_OK && i < erased.count; i++) {
        struct erased_user_row *row = (struct erased_user_row *) erased.items + i;

        if (row->done)
            continue;
        rc = erase_chain(engine, row->id, false, err);
        if (rc == PRYV_OK)
            rc = session_run(engine, &engine->users, mark_done, &row->id, err);
    }
    return rc;
}

static enum pryv_rc user_erase(void *self, struct pryv_str id, struct pryv_err *err)
{
    struct engine *engine = self;
    struct erasing erasing = { id, PRYV_STR_NONE };
    mongoc_client_t *client;
    enum pryv_rc rc = session_run(engine, &engine->users, move_to_erased, &erasing, err);

    if (rc == PRYV_OK)
        rc = finish_erasing(engine, err);
    if (rc != PRYV_OK || (rc = server_take(&engine->server, &client, err)) != PRYV_OK)
        return rc;
    rc = forget_in_index(engine, client, id, err);
    server_give(&engine->server, client);
    return rc;
}

/* ---- Sweeping -------------------------------------------------------------------------------- */

static enum pryv_rc forget_erased(struct pryv_session *s, void *name_, struct pryv_err *err)
{
    const struct pryv_str *name = name_;
    struct version before;
    int there = session_get(s, &erased_user_kind, err->arena, *name, &before, err);

    return there > 0 ? session_remove(s, &erased_user_kind, &before, err) : (enum pryv_rc) there;
}

static enum pryv_rc sweep_one(struct engine *engine, struct erased_user_row *row, struct pryv_err *err)
{
    bool late_ones_are_over = row->since < pryv_now() - engine->snapshot_seconds;
    enum pryv_rc rc = PRYV_OK;

    if (late_ones_are_over) {
        rc = erase_chain(engine, row->id, true, err);
        return rc == PRYV_OK ? session_run(engine, &engine->users, forget_erased, &row->id, err) : rc;
    }
    if (row->done || row->since > pryv_now() - UNFINISHED_SECONDS)
        return PRYV_OK;
    rc = erase_chain(engine, row->id, false, err);
    if (rc == PRYV_OK)
        rc = session_run(engine, &engine->users, mark_done, &row->id, err);
    if (rc == PRYV_OK)
        pryv_log_info(LOG_NAME, "erased a user whom a crash had left unfinished");
    return rc;
}

void users_sweep(struct engine *engine)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_rows erased = PRYV_ROWS(mem, struct erased_user_row);
    enum pryv_rc rc = list_erased(engine, &erased, &err);

    for (size_t i = 0; rc == PRYV_OK && i < erased.count; i++)
        rc = sweep_one(engine, (struct erased_user_row *) erased.items + i, &err);
    if (rc != PRYV_OK)
        pryv_log_warn(LOG_NAME, "what is left of erased users remains for now: %s", err.message);
    pryv_arena_free(mem);
}

void users_offer(struct pryv_storage_ops *ops)
{
    ops->user_create = user_create;
    ops->user_by_name = user_by_name;
    ops->user_by_id = user_by_id;
    ops->user_rename = user_rename;
    ops->user_erase = user_erase;
    ops->users_list = users_list;
}
