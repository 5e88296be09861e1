/* session_rows.c - see session.h: the rows that a session reads and writes. A version is
 * { _id, u: chain, id, from, to, born: the _id of its first version, [keys], the row's members, [ended] }. */
#include "collection.h"
#include "engine.h"
#include "session.h"
#include "text_order.h"
#include <stdlib.h>

/* A reader of an erased user could miss rows only when its session is older than that: erasing waits so long before it takes rows away. */
static bool may_be_erased(const struct pryv_session *session)
{
    return steady_seconds() - session->opened > ERASE_WAIT_SECONDS / 2;
}

/* ---- Reading --------------------------------------------------------------------------------- */

void session_append_visible(const struct pryv_session *session, bson_t *conditions)
{
    bson_t range;

    bson_append_utf8(conditions, "u", -1, session->chain.name, -1);
    bson_append_document_begin(conditions, "from", -1, &range);
    bson_append_int64(&range, "$lte", -1, session->sequence);
    bson_append_document_end(conditions, &range);
    bson_append_document_begin(conditions, "to", -1, &range);
    bson_append_int64(&range, "$gt", -1, session->sequence);
    bson_append_document_end(conditions, &range);
}

/* What was read may be less than there was, if the user was erased by another process meanwhile. */
static enum pryv_rc check_erased(struct pryv_session *session, struct pryv_err *err)
{
    int64_t sequence;

    if (session->erased)
        return pryv_fail(err, PRYV_NOT_FOUND, "the user was erased");
    return may_be_erased(session) ? chain_head(&session->chain, session->client, &sequence, err) : PRYV_OK;
}

enum pryv_rc scan_begin(struct pryv_session *session, const struct kind *kind, const bson_t *conditions, const bson_t *options,
                        struct scan *out, struct pryv_err *err)
{
    bson_t filter = BSON_INITIALIZER;

    *out = (struct scan){ .session = session, .kind = kind };
    if (!session_is_usable(session, err))
        return err->rc;
    session_append_visible(session, &filter);
    if (conditions)
        bson_concat(&filter, conditions);
    out->collection = chain_collection(&session->chain, session->client, kind->collection);
    out->cursor = mongoc_collection_find_with_opts(out->collection, &filter, options, NULL);
    bson_destroy(&filter);
    return PRYV_OK;
}

int scan_next(struct scan *scan, struct document *out, struct pryv_err *err)
{
    const bson_t *found;
    bson_error_t error;

    if (!session_is_usable(scan->session, err))
        return (int) err->rc;
    while (mongoc_cursor_next(scan->cursor, &found)) {
        struct document document = document_of(found);

        if (overlay_find(&scan->session->own, scan->kind, document_text(document, "id")))
            continue;
        *out = document;
        return 1;
    }
    if (mongoc_cursor_error(scan->cursor, &error))
        return (int) server_failed(&error, "read", err);
    return (int) check_erased(scan->session, err);
}

void scan_end(struct scan *scan)
{
    if (scan->cursor)
        mongoc_cursor_destroy(scan->cursor);
    if (scan->collection)
        mongoc_collection_destroy(scan->collection);
    scan->cursor = NULL;
    scan->collection = NULL;
}

const struct own_row *session_own(const struct pryv_session *session, const struct kind *kind, const struct own_row *last)
{
    const struct own_row *row = last ? last->next : session->own.first;

    while (row && (row->kind != kind || !row->document.data))
        row = row->next;
    return row;
}

static struct version copy_version(struct pryv_arena *mem, struct document document)
{
    struct document copy = document_copy(mem, document);

    return (struct version){ copy, document_text(copy, "_id") };
}

int session_get(struct pryv_session *session, const struct kind *kind, struct pryv_arena *mem, struct pryv_str id,
                struct version *out, struct pryv_err *err)
{
    struct own_row *own = overlay_find(&session->own, kind, id);
    bson_t conditions = BSON_INITIALIZER, options = BSON_INITIALIZER;
    struct scan scan = { 0 };
    struct document found = { NULL, 0 };

    if (!session_is_usable(session, err))
        return (int) err->rc;
    if (own) {
        if (own->document.data)
            *out = (struct version){ document_copy(mem, own->document), PRYV_STR_NONE };
        return own->document.data != NULL;
    }
    document_put_text(&conditions, "id", id);
    bson_append_int64(&options, "limit", -1, 1);
    bson_append_bool(&options, "singleBatch", -1, true);

    int more = (int) scan_begin(session, kind, &conditions, &options, &scan, err);

    if (more == PRYV_OK)
        more = scan_next(&scan, &found, err);
    if (more > 0)
        *out = copy_version(mem, found);
    scan_end(&scan);
    bson_destroy(&conditions);
    bson_destroy(&options);
    return more;
}

static bool any_own(const struct pryv_session *session, const struct kind *kind, const struct pryv_str *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct own_row *own = overlay_find(&session->own, kind, ids[i]);

        if (own && own->document.data)
            return true;
    }
    return false;
}

static int by_bytes(const void *a, const void *b)
{
    return compare_texts(*(const struct pryv_str *) a, *(const struct pryv_str *) b);
}

/* `ids` are in order. FerretDB reads all there is whatever it is asked for, and would compare each row with each id: there they are looked up here. */
static int any_committed(struct pryv_session *session, const struct kind *kind, const struct pryv_str *ids, size_t count,
                         struct pryv_err *err)
{
    bson_t conditions = BSON_INITIALIZER, options = BSON_INITIALIZER, member;
    struct scan scan = { 0 };
    struct document found;
    bool is_there = false;

    if (!session->chain.apart) {
        bson_append_document_begin(&conditions, "id", -1, &member);
        document_put_texts(&member, "$in", ids, count);
        bson_append_document_end(&conditions, &member);
    }
    bson_append_document_begin(&options, "projection", -1, &member);
    bson_append_int32(&member, "id", -1, 1);
    bson_append_document_end(&options, &member);

    int more = (int) scan_begin(session, kind, &conditions, &options, &scan, err);

    if (more == PRYV_OK)
        while (!is_there && (more = scan_next(&scan, &found, err)) > 0) {
            struct pryv_str id = document_text(found, "id");

            is_there = bsearch(&id, ids, count, sizeof(*ids), by_bytes) != NULL;
        }
    scan_end(&scan);
    bson_destroy(&conditions);
    bson_destroy(&options);
    return more < 0 ? more : is_there;
}

int session_any(struct pryv_session *session, const struct kind *kind, const struct pryv_str *ids, size_t count,
                struct pryv_err *err)
{
    struct pryv_str *sorted;
    struct pryv_arena *mem;
    int there;

    if (!session_is_usable(session, err))
        return (int) err->rc;
    if (any_own(session, kind, ids, count))
        return 1;
    if (count == 0)
        return 0;
    mem = pryv_arena_new();
    sorted = pryv_new_array(mem, struct pryv_str, count);
    memcpy(sorted, ids, count * sizeof(*ids));
    qsort(sorted, count, sizeof(*sorted), by_bytes);
    there = any_committed(session, kind, sorted, count, err);
    pryv_arena_free(mem);
    return there;
}

static bool has_key(const struct own_row *row, struct pryv_str key)
{
    return !key.data || document_lists(row->document, "keys", key);
}

enum pryv_rc session_list(struct pryv_session *session, const struct kind *kind, struct pryv_str key, struct pryv_rows *out,
                          struct pryv_err *err)
{
    bson_t conditions = BSON_INITIALIZER;
    struct scan scan = { 0 };
    struct document found = { NULL, 0 };

    document_put_text(&conditions, "keys", key);

    int more = (int) scan_begin(session, kind, &conditions, NULL, &scan, err);

    if (more == PRYV_OK)
        while ((more = scan_next(&scan, &found, err)) > 0)
            *(struct version *) pryv_rows_add(out) = copy_version(out->mem, found);
    scan_end(&scan);
    bson_destroy(&conditions);
    if (more < 0)
        return (enum pryv_rc) more;
    for (const struct own_row *row = NULL; (row = session_own(session, kind, row));)
        if (has_key(row, key))
            *(struct version *) pryv_rows_add(out) = (struct version){ document_copy(out->mem, row->document), PRYV_STR_NONE };
    return PRYV_OK;
}

int session_find(struct pryv_session *session, const struct kind *kind, struct pryv_arena *mem, struct pryv_str key,
                 struct version *out, struct pryv_err *err)
{
    struct pryv_rows versions = PRYV_ROWS(mem, struct version);
    enum pryv_rc rc = session_list(session, kind, key, &versions, err);

    if (rc != PRYV_OK)
        return (int) rc;
    if (versions.count)
        *out = *(struct version *) versions.items;
    return versions.count > 0;
}

enum pryv_rc session_rows(struct pryv_session *session, const struct kind *kind, struct pryv_str key, struct pryv_rows *out,
                          struct pryv_err *err)
{
    struct pryv_rows versions = PRYV_ROWS(out->mem, struct version);
    enum pryv_rc rc = session_list(session, kind, key, &versions, err);

    for (size_t i = 0; rc == PRYV_OK && i < versions.count; i++)
        document_read_row(((struct version *) versions.items)[i].document, kind, pryv_rows_add(out));
    return rc;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static bool may_write(struct pryv_session *session, struct pryv_err *err)
{
    if (session->mode != PRYV_WRITE)
        pryv_fail(err, PRYV_FAILED, "a session that reads cannot write");
    else
        return session_is_usable(session, err);
    return false;
}

enum pryv_rc session_new_version(struct pryv_session *session, struct pryv_str id, const struct version *before, bson_t *out,
                                 struct pryv_err *err)
{
    struct pryv_str version = chain_version_id(session->mem, session->chain.name, session->sequence + 1, session->versions++);

    if (!may_write(session, err))
        return err->rc;
    bson_init(out);
    document_put_text(out, "_id", version);
    bson_append_utf8(out, "u", -1, session->chain.name, -1);
    document_put_text(out, "id", id);
    bson_append_int64(out, "from", -1, session->sequence + 1);
    bson_append_int64(out, "to", -1, FOR_EVER);
    document_put_text(out, "born", before ? document_text(before->document, "born") : version);
    return PRYV_OK;
}

static struct own_row *touch(struct pryv_session *session, const struct kind *kind, struct pryv_str id,
                             const struct version *before)
{
    bool known = overlay_find(&session->own, kind, id) != NULL;
    struct own_row *row = overlay_touch(&session->own, kind, id);

    if (!known && before)
        row->replaces = pryv_str_copy(session->mem, before->committed);
    return row;
}

enum pryv_rc session_put(struct pryv_session *session, const struct kind *kind, struct pryv_str id, bson_t *document,
                         const struct version *before, struct pryv_err *err)
{
    size_t len = document_of(document).len;

    if (len > DOCUMENT_MAX) {
        bson_destroy(document);
        return session_failed(session, pryv_refuse(err, 413, "request-too-large", NULL,
                                                   "A row of %zu bytes is larger than what the database takes, %d bytes.", len,
                                                   DOCUMENT_MAX));
    }
    touch(session, kind, id, before)->document = document_take(session->mem, document);
    return PRYV_OK;
}

enum pryv_rc session_put_row(struct pryv_session *session, const struct kind *kind, struct pryv_str id,
                             const struct pryv_str *keys, size_t key_count, const void *row, const struct version *before,
                             struct pryv_err *err)
{
    bson_t document;
    enum pryv_rc rc = session_new_version(session, id, before, &document, err);

    if (rc != PRYV_OK)
        return rc;
    if (key_count)
        document_put_texts(&document, "keys", keys, key_count);
    document_put_row(&document, kind->fields, row);
    return session_put(session, kind, id, &document, before, err);
}

enum pryv_rc session_remove(struct pryv_session *session, const struct kind *kind, const struct version *before,
                            struct pryv_err *err)
{
    if (!may_write(session, err))
        return err->rc;
    touch(session, kind, document_text(before->document, "id"), before)->document = (struct document){ NULL, 0 };
    return PRYV_OK;
}

enum pryv_rc session_remove_all(struct pryv_session *session, const struct kind *kind, const struct pryv_rows *versions,
                                struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < versions->count; i++)
        rc = session_remove(session, kind, &((struct version *) versions->items)[i], err);
    return rc;
}

struct pryv_str two_texts(struct pryv_arena *mem, const char *prefix, struct pryv_str first, struct pryv_str second)
{
    struct pryv_str head = pryv_format(mem, "%s%zu:", prefix, first.len);
    size_t len = head.len + first.len + second.len;
    char *text = pryv_alloc(mem, len + 1);

    memcpy(text, head.data, head.len);
    if (first.len)
        memcpy(text + head.len, first.data, first.len);
    if (second.len)
        memcpy(text + head.len + first.len, second.data, second.len);
    return pryv_str_n(text, len);
}

struct pryv_str key_of(struct pryv_arena *mem, const char *prefix, struct pryv_str text)
{
    size_t len = strlen(prefix);
    char *key = pryv_alloc(mem, len + text.len + 1);

    memcpy(key, prefix, len);
    if (text.len)
        memcpy(key + len, text.data, text.len);
    return pryv_str_n(key, len + text.len);
}
