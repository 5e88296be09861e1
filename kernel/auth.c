/* auth.c - accounts, tokens, accesses and stream trees: from the cache when it is true, else from the storage.
 *
 * A generation is read before what it stamps is loaded, so that a change in between makes the entry stale, never wrong. */
#include "auth.h"
#include "access.h"
#include "generation.h"
#include "settings.h"
#include "utf8.h"
#include <pryv/crypto.h>
#include <pryv/json.h>
#include <pryv/log.h>
#include <pryv/platform.h>
#include <pryv/plugin.h>
#include <stdlib.h>
#include <strings.h>

#define LOG_NAME "auth"

enum { MIB = 1024 * 1024 };
enum { MOST_NAMES = 4 }; /* one after another, until a user has one */

static struct cache *users, *accesses, *trees;

struct user_object {
    struct shared shared;
    struct pryv_user user;
    char text[]; /* id, then name */
};

void auth_start(void)
{
    users = cache_new((size_t) settings.cache_users, 0);
    accesses = cache_new((size_t) settings.cache_accesses, (size_t) settings.cache_accesses_mb * MIB);
    trees = cache_new((size_t) settings.cache_stream_trees, (size_t) settings.cache_stream_trees_mb * MIB);
    auth_account_start();
}

void auth_stop(void)
{
    cache_free(users);
    cache_free(accesses);
    cache_free(trees);
    users = accesses = trees = NULL;
    auth_account_stop();
}

void pryv_changed(struct pryv_str user_id, unsigned what)
{
    if (what & PRYV_CHANGED_ACCESSES)
        generation_bump(user_id, GENERATION_ACCESSES);
    if (what & PRYV_CHANGED_STREAMS)
        generation_bump(user_id, GENERATION_STREAMS);
    if (what & PRYV_CHANGED_USER)
        generation_bump(user_id, GENERATION_USER);
    if (what & PRYV_CHANGED_ACCOUNT)
        generation_bump(user_id, GENERATION_ACCOUNT);
}

static const struct pryv_storage_ops *storage(void **self)
{
    const struct pryv_interface *interface = pryv_interface("storage", PRYV_STORAGE_VERSION);

    *self = interface->self;
    return interface->ops;
}

/* ---- Accounts ----------------------------------------------------------------------------------- */

static void user_free(struct shared *shared)
{
    free(shared);
}

static struct user_object *user_new(struct pryv_str id, struct pryv_str name)
{
    struct user_object *object = malloc(sizeof(*object) + id.len + name.len + 2);

    if (!object)
        abort();
    shared_init(&object->shared, user_free);
    memcpy(object->text, id.data, id.len);
    object->text[id.len] = '\0';
    memcpy(object->text + id.len + 1, name.data, name.len);
    object->text[id.len + 1 + name.len] = '\0';
    object->user = (struct pryv_user){ { object->text, id.len }, { object->text + id.len + 1, name.len } };
    return object;
}

/* Where the platform says that a name leads, when no user has it. */
static enum pryv_rc follow_name(struct pryv_arena *mem, struct pryv_str *name, struct pryv_err *err)
{
    const struct pryv_interface *interface = pryv_interface("platform", PRYV_PLATFORM_VERSION);
    const struct pryv_platform_ops *ops = interface ? interface->ops : NULL;

    if (!ops)
        return pryv_fail(err, PRYV_NOT_FOUND, "no such user");

    struct pryv_str owner;
    enum pryv_rc rc = ops->unique_owner(interface->self, mem, PRYV_STR("username"), *name, false, &owner, err);

    if (rc == PRYV_OK && !pryv_str_is(owner, *name)) {
        *name = owner; /* a former name */
        return PRYV_OK;
    }
    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    return ops->value_get(interface->self, mem, pryv_format(mem, "alias/%.*s", PRYV_STR_ARG(*name)), false, name, err);
}

/* An alias may lead to a name that was changed since. `*name` becomes the user's own. */
static enum pryv_rc find_user(struct pryv_arena *mem, struct pryv_str *name, struct pryv_str *id, struct pryv_err *err)
{
    void *self;
    const struct pryv_storage_ops *ops = storage(&self);
    enum pryv_rc rc = PRYV_OK;

    for (int step = 0; rc == PRYV_OK && step < MOST_NAMES; step++) {
        rc = ops->user_by_name(self, mem, *name, id, err);
        if (rc != PRYV_NOT_FOUND)
            return rc;
        rc = follow_name(mem, name, err);
    }
    return rc == PRYV_OK ? pryv_fail(err, PRYV_NOT_FOUND, "a name leads to no user") : rc;
}

enum pryv_rc auth_user(struct pryv_arena *mem, struct pryv_str username, const struct pryv_user **out, struct pryv_err *err)
{
    /* The slot of the name: an entry dies with its own name's account, whatever id that has. */
    uint64_t generation = generation_of(username, GENERATION_USER);
    struct user_object *object = (struct user_object *) (void *) cache_get(users, username, generation);
    struct pryv_str id;

    if (!object) {
        struct pryv_str name = username;
        enum pryv_rc rc = find_user(mem, &name, &id, err);

        if (rc != PRYV_OK)
            return rc;
        object = user_new(id, name);
        cache_put(users, username, generation, &object->shared);
    }
    shared_keep(mem, &object->shared);
    *out = &object->user;
    return PRYV_OK;
}

/* ---- Tokens ------------------------------------------------------------------------------------- */

static bool has_scheme(struct pryv_str value, const char *scheme, struct pryv_str *rest)
{
    size_t len = strlen(scheme);

    if (value.len <= len || strncasecmp(value.data, scheme, len) != 0 || value.data[len] != ' ')
        return false;
    *rest = pryv_str_n(value.data + len + 1, value.len - len - 1);
    return true;
}

/* `*proof`: the scheme says that a proof of a key comes along. */
static struct pryv_str token_of_header(struct pryv_arena *mem, struct pryv_str value, bool *proof)
{
    struct pryv_str rest;

    if (has_scheme(value, "basic", &rest)) {
        struct pryv_str text = pryv_base64_decode(mem, rest);
        const char *colon = text.len ? memchr(text.data, ':', text.len) : NULL;

        return colon ? pryv_str_n(text.data, (size_t) (colon - text.data)) : text;
    }
    *proof = has_scheme(value, "dpop", &rest);
    return *proof || has_scheme(value, "bearer", &rest) ? rest : value;
}

/* Authors become JSON and rows of a database: octets of a header that are no UTF-8 are taken for Latin-1, as HTTP has it. */
static struct pryv_str as_text(struct pryv_arena *mem, struct pryv_str octets)
{
    char *out;
    size_t len = 0;

    if (utf8_is_valid(octets))
        return octets;
    out = pryv_alloc(mem, octets.len * 2);
    for (size_t i = 0; i < octets.len; i++) {
        unsigned char c = (unsigned char) octets.data[i];

        if (c >= 0x80)
            out[len++] = (char) (0xc0 | c >> 6);
        out[len++] = (char) (c >= 0x80 ? 0x80 | (c & 0x3f) : c);
    }
    return pryv_str_n(out, len);
}

void auth_token(struct pryv_arena *mem, const struct pryv_request *rq, struct pryv_str override, struct pryv_str *token,
                struct pryv_str *caller_id, bool *proof)
{
    *proof = false;

    struct pryv_str header = override.data ? override : pryv_request_header(rq, "authorization");
    struct pryv_str query = header.data ? PRYV_STR_NONE : pryv_request_query(rq, "auth");
    struct pryv_str text = header.data ? token_of_header(mem, header, proof) : query;
    const char *space = text.len > 1 ? memchr(text.data + 1, ' ', text.len - 1) : NULL;

    *caller_id = PRYV_STR_NONE;
    if (space) {
        *caller_id = as_text(mem, pryv_str_n(space + 1, (size_t) (text.data + text.len - space) - 1));
        text.len = (size_t) (space - text.data);
    }
    if (text.len == 0) /* what is there decides, though it be empty: a wrong token, not a missing one */
        text = header.data || query.data ? PRYV_STR("") : PRYV_STR_NONE;
    *token = text;
}

/* ---- Accesses ------------------------------------------------------------------------------------ */

static enum pryv_rc unknown_token(struct pryv_err *err)
{
    return pryv_refuse(err, 403, "invalid-access-token", NULL, "Cannot find access from token.");
}

static double session_life(void)
{
    return (double) settings.session_max_age_ms / 1000;
}

/* When the session of a personal access ends; PRYV_ABSENT when there is none, or it is over. */
static enum pryv_rc read_session_end(const struct pryv_storage_ops *ops, struct pryv_session *session, struct pryv_arena *mem,
                                     struct pryv_str token, double now, double *end, struct pryv_err *err)
{
    struct pryv_session_row row = { .expires = PRYV_ABSENT };
    enum pryv_rc rc = ops->session_get(session, mem, token, now, &row, err);

    if (rc != PRYV_OK && rc != PRYV_NOT_FOUND)
        return rc;
    *end = row.expires;
    return PRYV_OK;
}

static enum pryv_rc load_access(struct pryv_arena *mem, const struct pryv_user *user, struct pryv_str token, double now,
                                struct access_object **out, struct pryv_err *err)
{
    void *self;
    const struct pryv_storage_ops *ops = storage(&self);
    struct pryv_session *session = NULL;
    struct pryv_access_row row;
    double end = PRYV_ABSENT;
    enum pryv_rc rc = ops->open(self, user->id, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = ops->access_by_token(session, mem, token, &row, err);
    if (rc == PRYV_OK && pryv_str_equal(row.type, "personal"))
        rc = read_session_end(ops, session, mem, token, now, &end, err);
    ops->close(session);
    if (rc != PRYV_OK || (rc = access_object_new(&row, out, err)) != PRYV_OK)
        return rc;
    atomic_init(&(*out)->session_expires, end);
    return PRYV_OK;
}

/* Another worker may have extended it, or ended it. */
static enum pryv_rc extend_session(struct pryv_arena *mem, const struct pryv_user *user, struct access_object *object, double now,
                                   struct pryv_err *err)
{
    void *self;
    const struct pryv_storage_ops *ops = storage(&self);
    struct pryv_session *session = NULL;
    struct pryv_session_row row;
    enum pryv_rc rc = ops->open(self, user->id, PRYV_WRITE, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = ops->session_get(session, mem, object->access.row.token, now, &row, err);
    if (rc == PRYV_OK) {
        row.expires = now + session_life();
        rc = ops->session_put(session, &row, err);
    }
    if (rc == PRYV_OK)
        rc = ops->commit(session, err);
    ops->close(session);
    if (rc == PRYV_OK)
        atomic_store(&object->session_expires, row.expires);
    return rc;
}

static enum pryv_rc session_over(struct pryv_err *err)
{
    return pryv_refuse(err, 403, "invalid-access-token", NULL, "Access session has expired.");
}

static enum pryv_rc check_session(struct pryv_arena *mem, const struct pryv_user *user, struct access_object *object, double now,
                                  struct pryv_err *err)
{
    double end = atomic_load(&object->session_expires);
    enum pryv_rc rc;

    if (!pryv_present(end)) /* there was none; a login that makes one makes this object stale */
        return session_over(err);
    if (end - now > session_life() * (1 - settings.session_extend_share))
        return PRYV_OK;
    rc = extend_session(mem, user, object, now, err);
    if (rc == PRYV_NOT_FOUND)
        return session_over(err);
    if (rc != PRYV_OK && now < end) {
        /* It still holds; that it could not be extended is told, and tried again with the next request. */
        pryv_log_warn(LOG_NAME, "cannot extend a session: %s", err->message ? err->message : "");
        return PRYV_OK;
    }
    return rc;
}

/* Ids have no blank, so no token of one account reads like that of another. */
static struct pryv_str access_key(struct pryv_arena *mem, struct pryv_str user_id, struct pryv_str token)
{
    char *key = pryv_alloc(mem, user_id.len + 1 + token.len);

    memcpy(key, user_id.data, user_id.len);
    key[user_id.len] = ' ';
    memcpy(key + user_id.len + 1, token.data, token.len);
    return pryv_str_n(key, user_id.len + 1 + token.len);
}

static enum pryv_rc find_access(struct pryv_arena *mem, const struct pryv_user *user, struct pryv_str token, double now,
                                struct access_object **out, struct pryv_err *err)
{
    uint64_t generation = generation_of(user->id, GENERATION_ACCESSES);
    struct pryv_str key = access_key(mem, user->id, token);
    enum pryv_rc rc;

    *out = (struct access_object *) (void *) cache_get(accesses, key, generation);
    if (*out)
        return PRYV_OK;
    rc = load_access(mem, user, token, now, out, err);
    if (rc == PRYV_NOT_FOUND)
        return unknown_token(err);
    if (rc == PRYV_OK)
        cache_put(accesses, key, generation, &(*out)->shared);
    return rc;
}

enum pryv_rc auth_access(struct pryv_arena *mem, const struct pryv_user *user, struct pryv_str token, double now,
                         const struct pryv_access **out, struct pryv_err *err)
{
    struct access_object *object = NULL;

    if (!token.data)
        return pryv_refuse(err, 401, "invalid-access-token", NULL, "The access token is missing.");

    enum pryv_rc rc = find_access(mem, user, token, now, &object, err);

    if (rc != PRYV_OK)
        return rc;
    shared_keep(mem, &object->shared);
    *out = &object->access;
    if (pryv_present(object->access.row.expires) && now > object->access.row.expires)
        return pryv_refuse(err, 403, "forbidden", NULL, "Access has expired.");
    return object->access.type == PRYV_PERSONAL ? check_session(mem, user, object, now, err) : PRYV_OK;
}

/* ---- Stream trees ---------------------------------------------------------------------------------- */

static enum pryv_rc load_tree(const struct pryv_user *user, struct pryv_stream_tree **out, struct pryv_err *err)
{
    void *self;
    const struct pryv_storage_ops *ops = storage(&self);
    struct pryv_session *session = NULL;
    struct pryv_stream *rows = NULL;
    size_t count = 0;
    enum pryv_rc rc = ops->open(self, user->id, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;

    struct pryv_arena *mem = pryv_arena_new();

    rc = ops->streams_all(session, mem, &rows, &count, err);
    ops->close(session);
    if (rc == PRYV_OK)
        *out = stream_tree_new(rows, count);
    pryv_arena_free(mem);
    return rc;
}

enum pryv_rc pryv_call_streams(struct pryv_call *call, const struct pryv_stream_tree **out, struct pryv_err *err)
{
    struct pryv_str id = call->user->id;
    uint64_t generation = generation_of(id, GENERATION_STREAMS);
    struct pryv_stream_tree *tree = (struct pryv_stream_tree *) (void *) cache_get(trees, id, generation);

    if (!tree) {
        enum pryv_rc rc = load_tree(call->user, &tree, err);

        if (rc != PRYV_OK)
            return rc;
        cache_put(trees, id, generation, stream_tree_shared(tree));
    }
    shared_keep(call->arena, stream_tree_shared(tree));
    *out = tree;
    return PRYV_OK;
}
