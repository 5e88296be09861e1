/* join.c - POST /system/admin/cores/ack: a core that was announced with a one-time token says that it is there, and takes registrations from then on.
 *
 * Tokens are in a file (cluster.tokens.path) {"version": 1, "tokens": {"<sha256 of the token, in hex>": {coreId, issuedAt, expiresAt, consumedAt,
 * consumerIp}}}, times in ms. It is locked while a token is looked at and marked as used, and is replaced whole. */
#include "admin.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#define CORE_ROWS "core-info/"

struct join {
    struct pryv_call *call;
    struct pryv_str core_id, token;
    const char *path;
    int lock_fd;
    json_t *file;
};

static void end_join(void *object)
{
    struct join *join = object;

    if (join->lock_fd != -1)
        close(join->lock_fd);
    json_decref(join->file);
}

/* ---- The file of tokens ------------------------------------------------------------------------------------ */

/* The lock is a file of its own, since the other one is replaced. No file: no tokens. */
static enum pryv_rc read_tokens(struct join *join, struct pryv_err *err)
{
    char *lock_path = pryv_cstr(join->call->arena, pryv_format(join->call->arena, "%s.lock", join->path));
    json_error_t error;

    if (access(join->path, F_OK) == -1) {
        join->file = json_object();
        return PRYV_OK;
    }
    join->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (join->lock_fd == -1 || flock(join->lock_fd, LOCK_EX) == -1)
        return pryv_fail(err, PRYV_FAILED, "cannot lock %s: %s", lock_path, strerror(errno));
    join->file = json_load_file(join->path, 0, &error);
    return join->file ? PRYV_OK : pryv_fail(err, PRYV_FAILED, "cannot read %s: %s", join->path, error.text);
}

static enum pryv_rc write_tokens(const struct join *join, struct pryv_err *err)
{
    char *temporary = pryv_cstr(join->call->arena, pryv_format(join->call->arena, "%s.new", join->path));
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool good = fd != -1 && json_dumpfd(join->file, fd, JSON_INDENT(2)) == 0 && fsync(fd) == 0;
    int reason = errno;

    if (fd != -1)
        close(fd);
    if (good && rename(temporary, join->path) == 0)
        return PRYV_OK;
    return pryv_fail(err, PRYV_FAILED, "cannot write %s: %s", join->path, strerror(good ? errno : reason));
}

static const char *hash_of(const struct join *join)
{
    unsigned char hash[PRYV_HASH_MAX];
    size_t len = pryv_hash(PRYV_SHA256, join->token, hash);
    char *hex = pryv_alloc0(join->call->arena, 2 * len + 1);

    for (size_t i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return hex;
}

/* ---- Is it good? ---------------------------------------------------------------------------------------------- */

static enum pryv_rc refuse_token(const struct join *join, const char *reason)
{
    return send_error(join->call, 401, "token-invalid", "This token lets no core in.", reason);
}

/* `*row` when it is good, else the refusal has been sent. */
static enum pryv_rc check_token(const struct join *join, json_t **row)
{
    json_t *found = json_object_get(json_object_get(join->file, "tokens"), hash_of(join));
    double expires = pryv_json_member_number(found, "expiresAt");
    json_t *consumed = json_object_get(found, "consumedAt");

    if (!found)
        return refuse_token(join, "unknown");
    if (consumed && !json_is_null(consumed))
        return refuse_token(join, "already-consumed");
    if (!json_is_number(json_object_get(found, "expiresAt")) || !(expires > join->call->now * 1000))
        return refuse_token(join, "expired");
    if (!pryv_str_is(pryv_json_member_text(found, "coreId"), join->core_id))
        return send_error(join->call, 401, "token-coreid-mismatch", "This token is another core's.", NULL);
    *row = found;
    return PRYV_OK;
}

/* ---- The core's row --------------------------------------------------------------------------------------------- */

static enum pryv_rc make_available(const struct join *join, bool *known, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_arena *mem = join->call->arena;
    struct pryv_str key = pryv_format(mem, CORE_ROWS "%.*s", PRYV_STR_ARG(join->core_id)), text;
    json_t *row;
    enum pryv_rc rc = admin->platform->value_get(admin->platform_self, mem, key, true, &text, err);

    *known = rc == PRYV_OK;
    if (rc != PRYV_OK)
        return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
    if (pryv_json_parse(mem, text, false, &row, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "the row of a core is broken");
    json_object_set_new(row, "available", json_true());
    return admin->platform->value_put(admin->platform_self, key, pryv_json_dump(mem, row), PRYV_ABSENT, err);
}

static void write_core(struct pryv_json *js, const json_t *row)
{
    static const char *const members[] = { "id", "url", "hosting" };

    pryv_json_object(js);
    for (size_t i = 0; i < PRYV_COUNT(members); i++) {
        struct pryv_str text = pryv_json_member_text(row, members[i]);

        pryv_json_key(js, members[i]);
        if (text.data)
            pryv_json_str(js, text);
        else
            pryv_json_null(js);
    }
    pryv_json_put_bool(js, "available", !json_is_false(json_object_get(row, "available")));
    pryv_json_object_end(js);
}

static enum pryv_rc answer_cluster(const struct join *join, struct pryv_err *err)
{
    const struct admin *admin = admin_self();
    struct pryv_arena *mem = join->call->arena;
    struct pryv_json *js = pryv_json_new(mem);
    struct pryv_err unseen = PRYV_ERR(mem);
    struct pryv_str *keys, *texts;
    size_t count, used = 0;
    json_t **rows;
    enum pryv_rc rc = admin->platform->values_list(admin->platform_self, mem, PRYV_STR(CORE_ROWS), PRYV_STR_NONE, SIZE_MAX, &keys,
                                                   &texts, &count, err);

    if (rc != PRYV_OK)
        return rc;
    rows = pryv_new_array(mem, json_t *, count + 1);
    for (size_t i = 0; i < count; i++)
        used += pryv_json_parse(mem, texts[i], false, &rows[used], &unseen) == PRYV_OK;
    pryv_json_object(js);
    pryv_json_put_bool(js, "ok", true);
    pryv_json_put_str(js, "coreId", join->core_id);
    pryv_json_key(js, "cluster");
    pryv_json_object(js);
    pryv_json_key(js, "cores");
    pryv_json_array(js);
    for (size_t i = 0; i < used; i++)
        write_core(js, rows[i]);
    pryv_json_array_end(js);
    pryv_json_key(js, "lscIps");
    pryv_json_array(js);
    for (size_t i = 0; i < used; i++)
        if (pryv_json_member_text(rows[i], "ip").len)
            pryv_json_str(js, pryv_json_member_text(rows[i], "ip"));
    pryv_json_array_end(js);
    pryv_json_object_end(js);
    pryv_json_object_end(js);
    return send_json(join->call, 200, js);
}

/* ---- The request -------------------------------------------------------------------------------------------------- */

/* The core is available before the token is used up: one whose use a crash cut off serves the same core once more. */
static enum pryv_rc use(struct join *join, json_t *row, struct pryv_err *err)
{
    bool known = false;
    enum pryv_rc rc = make_available(join, &known, err);

    if (rc != PRYV_OK)
        return rc;
    if (!known)
        return send_error(join->call, 404, "core-not-pre-registered", "The platform does not know this core.", NULL);
    json_object_set_new(row, "consumedAt", json_integer((json_int_t) (join->call->now * 1000)));
    json_object_set_new(row, "consumerIp", pryv_json_string(pryv_request_address(join->call->request)));
    rc = write_tokens(join, err);
    return rc == PRYV_OK ? answer_cluster(join, err) : rc;
}

enum pryv_rc cores_acknowledge(struct pryv_call *call, struct pryv_err *err)
{
    struct join *join = pryv_new(call->arena, struct join);
    json_t *row = NULL;
    enum pryv_rc rc;

    *join = (struct join){ .call = call,
                           .core_id = pryv_json_member_text(call->params, "coreId"),
                           .token = pryv_json_member_text(call->params, "token"),
                           .path = admin_self()->config->join_tokens.data,
                           .lock_fd = -1 };
    pryv_defer(call->arena, end_join, join);
    if (!join->core_id.len || !join->token.len)
        return send_error(call, 400, "invalid-body", "Send {\"coreId\": ..., \"token\": ...}.", NULL);
    if ((rc = read_tokens(join, err)) != PRYV_OK || (rc = check_token(join, &row)) != PRYV_OK || !row)
        return rc;
    return use(join, row, err);
}
