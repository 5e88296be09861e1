/* journal.c - see journal.h. A change is { c: COLLECTION, d: DOCUMENT } or { c: COLLECTION, e: _ID }. */
#include "journal.h"
#include "collection.h"
#include <pryv/crypto.h>

/* One blob of up to so many bytes is in the commit itself. A single change may make a blob larger than BLOB_MAX. */
enum { BLOB_MAX = 8 * 1024 * 1024, COLLECTIONS_MAX = 32 };

/* ---- Packing --------------------------------------------------------------------------------- */

static void put_change(bson_t *out, const struct change *change)
{
    bson_append_utf8(out, "c", -1, change->collection, -1);
    if (change->inserted.data) {
        bson_t document;

        if (bson_init_static(&document, change->inserted.data, change->inserted.len))
            bson_append_document(out, "d", -1, &document);
    } else {
        document_put_text(out, "e", change->ended);
    }
}

static struct pryv_str copy_blob(struct pryv_arena *mem, const struct document *packed, size_t count, size_t len)
{
    char *blob = pryv_alloc(mem, len), *at = blob;

    for (size_t i = 0; i < count; i++) {
        memcpy(at, packed[i].data, packed[i].len);
        at += packed[i].len;
    }
    return pryv_str_n(blob, len);
}

struct journal journal_pack(struct pryv_arena *mem, const struct change *changes, size_t count)
{
    struct document *packed = pryv_new_array(mem, struct document, count + 1);
    struct journal journal = { pryv_new_array(mem, struct pryv_str, count + 1), 0 };
    size_t first = 0, len = 0;

    for (size_t i = 0; i < count; i++) {
        bson_t one = BSON_INITIALIZER;

        put_change(&one, &changes[i]);
        packed[i] = document_take(mem, &one);
        if (i > first && len + packed[i].len > BLOB_MAX) {
            journal.blobs[journal.count++] = copy_blob(mem, packed + first, i - first, len);
            first = i;
            len = 0;
        }
        len += packed[i].len;
    }
    if (len)
        journal.blobs[journal.count++] = copy_blob(mem, packed + first, count - first, len);
    return journal;
}

/* ---- Parts ----------------------------------------------------------------------------------- */

bool journal_has_parts(const struct journal *journal)
{
    return journal->count > 1 || (journal->count == 1 && journal->blobs[0].len > BLOB_MAX);
}

static struct pryv_str part_id(struct pryv_arena *mem, struct pryv_str commit_id, struct pryv_str writer, size_t number)
{
    return pryv_format(mem, "%.*s.%.*s.%zu", PRYV_STR_ARG(commit_id), PRYV_STR_ARG(writer), number);
}

enum pryv_rc journal_store_parts(const struct chain *chain, mongoc_client_t *client, struct pryv_str commit_id,
                                 struct pryv_str writer, const struct journal *journal, struct pryv_err *err)
{
    mongoc_collection_t *parts = chain_collection(chain, client, COMMIT_PARTS);
    enum pryv_rc rc = PRYV_OK;

    for (size_t i = 0; rc == PRYV_OK && i < journal->count; i++) {
        bson_t part = BSON_INITIALIZER;

        document_put_text(&part, "_id", part_id(err->arena, commit_id, writer, i));
        document_put_text(&part, "commit", commit_id);
        document_put_text(&part, "writer", writer);
        document_put_number(&part, "at", pryv_now());
        bson_append_binary(&part, "changes", -1, BSON_SUBTYPE_BINARY, (const uint8_t *) journal->blobs[i].data,
                           (uint32_t) journal->blobs[i].len);
        rc = collection_insert(parts, document_of(&part), NULL, err);
        bson_destroy(&part);
    }
    mongoc_collection_destroy(parts);
    return rc;
}

enum pryv_rc journal_delete_parts(const struct chain *chain, mongoc_client_t *client, struct document commit,
                                  struct pryv_err *err)
{
    int64_t count = document_integer(commit, "parts", 0);
    mongoc_collection_t *parts = chain_collection(chain, client, COMMIT_PARTS);
    enum pryv_rc rc = PRYV_OK;

    for (int64_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = collection_delete_id(
            parts, part_id(err->arena, document_text(commit, "_id"), document_text(commit, "writer"), (size_t) i), NULL, err);
    mongoc_collection_destroy(parts);
    return rc;
}

/* ---- Applying -------------------------------------------------------------------------------- */

/* Changes that one command carries at most: none should take long, and FerretDB makes each durable by itself. Versions that end are one update of
 * many documents: of a command with many updates FerretDB 1.x keeps a connection to its back end open for each, and has 50 or 100 in all. */
enum { COMMAND_CHANGES = 100 };

struct target {
    const char *name;
    mongoc_collection_t *collection;
    mongoc_bulk_operation_t *inserts; /* NULL: none waits */
    bson_t *ended;                    /* a list of _ids; NULL: none waits */
    int waiting;
};

struct application {
    const struct chain *chain;
    mongoc_client_t *client;
    int64_t sequence;
    double at;
    struct target targets[COLLECTIONS_MAX];
    size_t count;
};

static struct target *target_of(struct application *application, struct pryv_str name)
{
    for (size_t i = 0; i < application->count; i++)
        if (pryv_str_equal(name, application->targets[i].name))
            return &application->targets[i];
    if (application->count == COLLECTIONS_MAX || !name.data)
        return NULL;

    struct target *target = &application->targets[application->count++];

    *target = (struct target){ name.data, chain_collection(application->chain, application->client, name.data), NULL, NULL, 0 };
    return target;
}

/* { _id: { $in: ended } }, { $set: { to, ended } } */
static enum pryv_rc send_ended(const struct application *application, struct target *target, struct pryv_err *err)
{
    bson_t filter = BSON_INITIALIZER, update = BSON_INITIALIZER, member, reply;
    bson_error_t error;

    bson_append_document_begin(&filter, "_id", -1, &member);
    bson_append_array(&member, "$in", -1, target->ended);
    bson_append_document_end(&filter, &member);
    bson_append_document_begin(&update, "$set", -1, &member);
    bson_append_int64(&member, "to", -1, application->sequence);
    document_put_number(&member, "ended", application->at);
    bson_append_document_end(&update, &member);

    bool done = mongoc_collection_update_many(target->collection, &filter, &update, NULL, &reply, &error);

    bson_destroy(&reply);
    bson_destroy(&filter);
    bson_destroy(&update);
    return done ? PRYV_OK : server_failed(&error, "write to", err);
}

static void forget_waiting(struct target *target)
{
    if (target->inserts)
        mongoc_bulk_operation_destroy(target->inserts);
    bson_destroy(target->ended);
    target->inserts = NULL;
    target->ended = NULL;
    target->waiting = 0;
}

static enum pryv_rc send_waiting(const struct application *application, struct target *target, struct pryv_err *err)
{
    mongoc_bulk_operation_t *inserts = target->inserts;
    enum pryv_rc rc = PRYV_OK;

    target->inserts = NULL;
    if (inserts)
        rc = bulk_run(inserts, err);
    if (rc == PRYV_OK && target->ended)
        rc = send_ended(application, target, err);
    forget_waiting(target);
    return rc;
}

static bool add_insert(struct target *target, struct document document)
{
    bson_t bson, options = BSON_INITIALIZER;

    if (!target->inserts) {
        bson_append_bool(&options, "ordered", -1, false);
        target->inserts = mongoc_collection_create_bulk_operation_with_opts(target->collection, &options);
    }
    bson_destroy(&options);
    target->waiting++;
    return bson_init_static(&bson, document.data, document.len) &&
           mongoc_bulk_operation_insert_with_opts(target->inserts, &bson, NULL, NULL);
}

static bool add_ended(struct target *target, struct pryv_str id)
{
    char buffer[16];
    const char *index;

    if (!target->ended)
        target->ended = bson_new();
    bson_uint32_to_string((uint32_t) target->waiting++, &index, buffer, sizeof(buffer));
    document_put_text(target->ended, index, id);
    return id.data != NULL;
}

static enum pryv_rc add_change(struct application *application, struct document change, bool inserts, struct pryv_err *err)
{
    struct document inserted = document_member(change, "d");
    struct target *target = target_of(application, document_text(change, "c"));

    if (!target)
        return pryv_fail(err, PRYV_FAILED, "a commit of %s names no collection", application->chain->name);
    if ((inserted.data != NULL) != inserts)
        return PRYV_OK;
    if (!(inserts ? add_insert(target, inserted) : add_ended(target, document_text(change, "e"))))
        return pryv_fail(err, PRYV_FAILED, "a commit of %s has a change that the driver refuses", application->chain->name);
    return target->waiting >= COMMAND_CHANGES ? send_waiting(application, target, err) : PRYV_OK;
}

/* Inserts, or ends: in two rounds, so that the driver sends few commands. */
static enum pryv_rc add_changes(struct application *application, struct pryv_str blob, bool inserts, struct pryv_err *err)
{
    const uint8_t *at = (const uint8_t *) blob.data;
    size_t left = blob.len;
    enum pryv_rc rc = PRYV_OK;

    while (rc == PRYV_OK && left >= 5) {
        uint32_t len = (uint32_t) at[0] | (uint32_t) at[1] << 8 | (uint32_t) at[2] << 16 | (uint32_t) at[3] << 24;

        if (len > left || len < 5)
            break;
        rc = add_change(application, (struct document){ at, len }, inserts, err);
        at += len;
        left -= len;
    }
    if (rc == PRYV_OK && (left || !blob.data))
        rc = pryv_fail(err, PRYV_FAILED, "a commit of %s cannot be read", application->chain->name);
    return rc;
}

static enum pryv_rc send_all(struct application *application, enum pryv_rc rc, struct pryv_err *err)
{
    for (size_t i = 0; i < application->count; i++) {
        struct target *target = &application->targets[i];

        if (rc == PRYV_OK)
            rc = send_waiting(application, target, err);
        forget_waiting(target);
        mongoc_collection_destroy(target->collection);
    }
    application->count = 0;
    return rc;
}

static enum pryv_rc apply_blob(struct application *application, struct pryv_str blob, struct pryv_err *err)
{
    enum pryv_rc rc = add_changes(application, blob, true, err);

    for (size_t i = 0; rc == PRYV_OK && i < application->count; i++)
        rc = send_waiting(application, &application->targets[i], err);
    if (rc == PRYV_OK)
        rc = add_changes(application, blob, false, err);
    return send_all(application, rc, err);
}

static enum pryv_rc apply_parts(struct application *application, struct document commit, int64_t count, struct pryv_arena *mem,
                                struct pryv_err *err)
{
    mongoc_collection_t *parts = chain_collection(application->chain, application->client, COMMIT_PARTS);
    enum pryv_rc rc = PRYV_OK;

    for (int64_t i = 0; rc == PRYV_OK && i < count; i++) {
        struct document part = { NULL, 0 };

        rc = collection_find_id(parts, part_id(mem, document_text(commit, "_id"), document_text(commit, "writer"), (size_t) i),
                                mem, &part, err);
        if (rc == PRYV_OK)
            rc = apply_blob(application, document_bytes(part, "changes"), err);
    }
    mongoc_collection_destroy(parts);
    return rc;
}

enum pryv_rc journal_apply(const struct chain *chain, mongoc_client_t *client, struct document commit, struct pryv_err *err)
{
    struct application application = {
        .chain = chain, .client = client, .sequence = document_integer(commit, "n", 0), .at = document_number(commit, "at")
    };
    int64_t parts = document_integer(commit, "parts", 0);

    if (parts == 0)
        return apply_blob(&application, document_bytes(commit, "changes"), err);

    struct pryv_arena *mem = pryv_arena_new();
    enum pryv_rc rc = apply_parts(&application, commit, parts, mem, err);

    pryv_arena_free(mem);
    return rc;
}
