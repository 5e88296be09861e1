/* attachments_serve.c - GET /{username}/events/{id}/{fileId}[/{name}]: the bytes of a file. */
#include "attachments.h"
#include "store_events.h"
#include <unistd.h>

enum { PIECE = 256 * 1024 };

struct serving {
    struct pryv_call *call;
    struct pryv_event row;
    const json_t *attachment;
    struct pryv_str file_id;
    const struct store *store;       /* NULL: the user's own */
    struct pryv_file_reader *reader; /* of the user's own */
    uint64_t size, offset, len;
};

/* ---- Who asks ------------------------------------------------------------------------------------------------ */

static enum pryv_rc wrong_token(struct pryv_err *err)
{
    return pryv_refuse(err, 401, "invalid-access-token", NULL, "The token does not open this file.");
}

/* Signing out ends what a personal access gave, its links too. */
static enum pryv_rc read_access(const struct serving *s, struct pryv_str access_id, struct pryv_access_row *row,
                                struct pryv_err *err)
{
    const struct pryv_storage_ops *storage = api_self()->storage;
    struct pryv_session *session;
    struct pryv_session_row signed_in;
    enum pryv_rc rc = api_open(s->call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = storage->access_get(session, s->call->arena, access_id, row, err);
    if (rc == PRYV_OK && pryv_str_equal(row->type, "personal"))
        rc = storage->session_get(session, s->call->arena, row->token, s->call->now, &signed_in, err);
    api_close(session);
    return rc == PRYV_NOT_FOUND ? wrong_token(err) : rc;
}

/* The access of a read token, when it is of this file. */
static enum pryv_rc check_read_token(const struct serving *s, struct pryv_str read_token, struct pryv_access_row *row,
                                     struct pryv_err *err)
{
    struct pryv_str secret = api_self()->config->files_secret, access_id = read_token_access(read_token);
    enum pryv_rc rc;

    if (!access_id.len)
        return wrong_token(err);
    if ((rc = read_access(s, access_id, row, err)) != PRYV_OK)
        return rc;
    if (!read_token_is_right(s->call->arena, read_token, secret, s->file_id, row->id, row->token))
        return wrong_token(err);
    if (pryv_present(row->expires) && s->call->now > row->expires)
        return pryv_refuse(err, 403, "forbidden", NULL, "The access has expired.");
    return PRYV_OK;
}

static enum pryv_rc authenticate(const struct serving *s, struct pryv_err *err)
{
    struct pryv_str read_token = pryv_request_query(s->call->request, "readToken");
    struct pryv_access_row row;
    const struct pryv_access *access;
    enum pryv_rc rc;

    if (pryv_request_query(s->call->request, "auth").data)
        return pryv_refuse(err, 401, "invalid-access-token", NULL,
                           "Files are not read with an auth parameter; use their readToken.");
    if (!read_token.data)
        return pryv_call_authenticate(s->call, err);
    if ((rc = check_read_token(s, read_token, &row, err)) != PRYV_OK ||
        (rc = pryv_access_of_row(s->call->arena, &row, &access, err)) != PRYV_OK)
        return rc;
    return pryv_call_take_access(s->call, access, err);
}

/* ---- Which file ------------------------------------------------------------------------------------------------- */

static enum pryv_rc get_event(struct serving *s, struct pryv_str id, struct pryv_err *err)
{
    struct pryv_session *session;
    enum pryv_rc rc = api_open(s->call, PRYV_READ, &session, err);

    if (rc != PRYV_OK)
        return rc;
    rc = api_self()->storage->event_get(session, s->call->arena, id, &s->row, err);
    api_close(session);
    /* Of a deleted event there are streams, and files, only where everything is kept. */
    if (rc == PRYV_NOT_FOUND || (rc == PRYV_OK && !s->row.stream_ids_json.data))
        return event_unknown(id, err);
    return rc;
}

static enum pryv_rc check_right(const struct serving *s, struct pryv_err *err)
{
    const struct pryv_stream_tree *tree;
    struct event_streams streams;
    enum pryv_rc rc;

    if (s->store)
        return store_event_check_one(s->call, s->store, &s->row, pryv_level_reads, err);
    if ((rc = event_streams(s->call->arena, &s->row, &streams, err)) != PRYV_OK ||
        (rc = pryv_call_streams(s->call, &tree, err)) != PRYV_OK)
        return rc;
    return event_may_read(s->call->access, tree, &streams) ? PRYV_OK : event_forbidden(err);
}

static enum pryv_rc find(struct serving *s, struct pryv_err *err)
{
    struct pryv_str id = pryv_request_path_param(s->call->request, "id"), inside;
    const json_t *list;
    enum pryv_rc rc;

    s->store = store_of(api_self()->stores, id, &inside);
    rc = s->store ? store_event_get(s->call, s->store, id, &s->row, err) : get_event(s, id, err);
    if (rc != PRYV_OK || (rc = check_right(s, err)) != PRYV_OK ||
        (rc = attachments_read(s->call->arena, &s->row, &list, err)) != PRYV_OK)
        return rc;
    s->attachment = attachments_find(list, s->file_id);
    return s->attachment ? PRYV_OK : pryv_refuse(err, 404, "unknown-resource", NULL, "The event has no such file.");
}

static enum pryv_rc open_file(struct serving *s, int *fd, struct pryv_err *err)
{
    const struct api *api = api_self();
    enum pryv_rc rc = api->files->open(api->files_self, s->call->user->id, s->row.id, s->file_id, &s->reader, &s->size, fd, err);

    if (rc == PRYV_NOT_FOUND) {
        pryv_log_error(API_LOG, "the file %.*s of the event %.*s is not there", PRYV_STR_ARG(s->file_id),
                       PRYV_STR_ARG(s->row.id));
        return pryv_refuse(err, 404, "unknown-resource", NULL, "The file is not there.");
    }
    return rc;
}

/* ---- What is sent --------------------------------------------------------------------------------------------------- */

/* `sha256-<base64>` -> `SHA-256=<base64>` (RFC 3230). */
static struct pryv_str digest_of(struct pryv_arena *mem, struct pryv_str integrity)
{
    static const struct {
        const char *stored, *sent;
    } names[] = { { "sha256-", "SHA-256=" }, { "sha512-", "SHA-512=" }, { "sha1-", "SHA=" }, { "md5-", "MD5=" } };

    for (size_t i = 0; i < PRYV_COUNT(names); i++) {
        size_t len = strlen(names[i].stored);

        if (pryv_str_starts(integrity, names[i].stored))
            return pryv_format(mem, "%s%.*s", names[i].sent, (int) (integrity.len - len), integrity.data + len);
    }
    return PRYV_STR_NONE;
}

static void set_headers(const struct serving *s)
{
    struct pryv_request *rq = s->call->request;
    struct pryv_arena *mem = s->call->arena;
    struct pryv_str digest = digest_of(mem, pryv_json_member_text(s->attachment, "integrity"));

    pryv_reply_header(rq, "Content-Type", content_type_to_send(mem, pryv_json_member_text(s->attachment, "type")));
    pryv_reply_header(rq, "Content-Disposition", content_disposition(mem, pryv_json_member_text(s->attachment, "fileName")));
    if (!s->store)
        pryv_reply_header(rq, "Accept-Ranges", PRYV_STR("bytes"));
    if (digest.data)
        pryv_reply_header(rq, "Digest", digest); /* of the whole, also with a part of it */
}

/* The range of the request, unless the client holds another file than it thinks. */
static enum pryv_rc choose_range(struct serving *s, struct pryv_str etag, struct pryv_err *err)
{
    struct pryv_request *rq = s->call->request;
    struct pryv_str condition = pryv_request_header(rq, "if-range");
    enum range_kind kind = RANGE_NONE;

    s->len = s->size;
    if (!condition.data || etag_matches(condition, etag, false))
        kind = range_parse(pryv_request_header(rq, "range"), s->size, &s->offset, &s->len);
    if (kind == RANGE_UNSATISFIABLE) {
        pryv_reply_header(rq, "Content-Range", pryv_format(s->call->arena, "bytes */%llu", (unsigned long long) s->size));
        return pryv_refuse(err, 416, "invalid-request-structure", NULL, "The file has no such range.");
    }
    if (kind == RANGE_ONE) {
        pryv_reply_status(rq, 206);
        pryv_reply_header(rq, "Content-Range",
                          pryv_format(s->call->arena, "bytes %llu-%llu/%llu", (unsigned long long) s->offset,
                                      (unsigned long long) (s->offset + s->len - 1), (unsigned long long) s->size));
    }
    return PRYV_OK;
}

/* Piece by piece, where the files plugin has no descriptor to give. */
static enum pryv_rc send_pieces(const struct serving *s, struct pryv_err *err)
{
    struct pryv_request *rq = s->call->request;
    char *buffer = pryv_alloc(s->call->arena, PIECE);
    enum pryv_rc rc = PRYV_OK;

    pryv_reply_header(rq, "Content-Length", pryv_format(s->call->arena, "%llu", (unsigned long long) s->len));
    for (uint64_t done = 0, first = 1; rc == PRYV_OK && (done < s->len || first); first = 0) {
        uint64_t left = s->len - done;
        size_t n = 0;

        if (left)
            rc = api_self()->files->read(s->reader, s->offset + done, buffer, left < PIECE ? (size_t) left : PIECE, &n, err);
        if (rc == PRYV_OK && left && n == 0)
            rc = pryv_fail(err, PRYV_FAILED, "a file is shorter than it was");
        if (rc == PRYV_OK)
            rc = pryv_reply_write(rq, pryv_str_n(buffer, n));
        done += n;
    }
    return rc;
}

/* A store's file comes whole, and another may come the next time. */
static enum pryv_rc send_from_store(const struct serving *s, struct pryv_err *err)
{
    const struct store *store = s->store;
    struct pryv_request *rq = s->call->request;
    struct pryv_str inside, bytes;
    enum pryv_rc rc;

    if (!store->ops.attachment_get)
        return store_cannot(store, err);
    (void) store_of(api_self()->stores, s->row.id, &inside);
    rc = store->ops.attachment_get(store->handle, s->call->user->id, inside, s->file_id, s->call->arena, &bytes, err);
    if (rc != PRYV_OK)
        return store_result(store, rc, err);
    set_headers(s);
    pryv_reply_header(rq, "Content-Length", pryv_format(s->call->arena, "%zu", bytes.len));
    return pryv_reply_write(rq, bytes);
}

/* Takes over `fd`. */
static enum pryv_rc send_opened(struct serving *s, struct pryv_str etag, int fd, struct pryv_err *err)
{
    enum pryv_rc rc = choose_range(s, etag, err);

    if (rc != PRYV_OK) {
        if (fd != -1)
            close(fd);
        return rc;
    }
    set_headers(s);
    return fd != -1 ? pryv_reply_file(s->call->request, fd, s->offset, s->len) : send_pieces(s, err);
}

static enum pryv_rc send_file(struct serving *s, struct pryv_err *err)
{
    struct pryv_request *rq = s->call->request;
    struct pryv_str etag = pryv_format(s->call->arena, "\"%.*s\"", PRYV_STR_ARG(s->file_id)); /* a file never changes */
    int fd = -1;
    enum pryv_rc rc;

    pryv_reply_header(rq, "ETag", etag);
    if (etag_matches(pryv_request_header(rq, "if-none-match"), etag, true))
        return pryv_reply_send(rq, 304, NULL, PRYV_STR(""));
    if ((rc = open_file(s, &fd, err)) != PRYV_OK)
        return rc;
    rc = send_opened(s, etag, fd, err);
    api_self()->files->close(s->reader);
    return rc;
}

enum pryv_rc attachment_serve(struct pryv_call *call, struct pryv_err *err)
{
    struct serving s = { .call = call, .file_id = pryv_request_path_param(call->request, "fileId") };
    enum pryv_rc rc;

    if ((rc = authenticate(&s, err)) != PRYV_OK || (rc = find(&s, err)) != PRYV_OK)
        return rc;
    return s.store ? send_from_store(&s, err) : send_file(&s, err);
}
