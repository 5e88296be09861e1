/* collection.c - see collection.h. */
#include "collection.h"

enum { NAMESPACE_NOT_FOUND = 26, DUPLICATE_KEY = 11000 };

mongoc_collection_t *chain_collection(const struct chain *chain, mongoc_client_t *client, const char *collection)
{
    char name[128];

    snprintf(name, sizeof(name), "%s%s%s", collection, chain->apart ? "." : "", chain->apart ? chain->name : "");
    return mongoc_client_get_collection(client, chain->database, name);
}

mongoc_collection_t *passing_collection(mongoc_client_t *client, const char *database, const char *collection)
{
    mongoc_collection_t *passing = mongoc_client_get_collection(client, database, collection);
    mongoc_write_concern_t *quick = mongoc_write_concern_new();
    mongoc_read_concern_t *latest = mongoc_read_concern_new();

    mongoc_write_concern_set_w(quick, 1);
    mongoc_collection_set_write_concern(passing, quick);
    mongoc_write_concern_destroy(quick);
    mongoc_read_concern_set_level(latest, MONGOC_READ_CONCERN_LEVEL_LOCAL);
    mongoc_collection_set_read_concern(passing, latest);
    mongoc_read_concern_destroy(latest);
    return passing;
}

enum pryv_rc collection_find_one(mongoc_collection_t *collection, const bson_t *filter, const bson_t *sort,
                                 struct pryv_arena *mem, struct document *out, struct pryv_err *err)
{
    bson_t options = BSON_INITIALIZER;
    mongoc_cursor_t *cursor;
    const bson_t *found;
    bson_error_t error;
    enum pryv_rc rc = PRYV_OK;

    bson_append_int64(&options, "limit", -1, 1);
    bson_append_bool(&options, "singleBatch", -1, true);
    if (sort)
        bson_append_document(&options, "sort", -1, sort);
    cursor = mongoc_collection_find_with_opts(collection, filter, &options, NULL);
    if (mongoc_cursor_next(cursor, &found))
        *out = document_copy(mem, document_of(found));
    else if (mongoc_cursor_error(cursor, &error))
        rc = server_failed(&error, "read", err);
    else
        rc = pryv_fail(err, PRYV_NOT_FOUND, "no such document");
    mongoc_cursor_destroy(cursor);
    bson_destroy(&options);
    return rc;
}

static bson_t *id_filter(struct pryv_str id)
{
    bson_t *filter = bson_new();

    document_put_text(filter, "_id", id);
    return filter;
}

enum pryv_rc collection_find_id(mongoc_collection_t *collection, struct pryv_str id, struct pryv_arena *mem, struct document *out,
                                struct pryv_err *err)
{
    bson_t *filter = id_filter(id);
    enum pryv_rc rc = collection_find_one(collection, filter, NULL, mem, out, err);

    bson_destroy(filter);
    return rc;
}

static bool holds_items(struct document reply, const char *list)
{
    bson_iter_t at, item;

    return bson_iter_init_from_data(&at, reply.data, reply.len) && bson_iter_find(&at, list) && BSON_ITER_HOLDS_ARRAY(&at) &&
           bson_iter_recurse(&at, &item) && bson_iter_next(&item);
}

bool reply_is_durable(struct document reply)
{
    return !holds_items(reply, "writeConcernErrors");
}

enum pryv_rc collection_insert(mongoc_collection_t *collection, struct document document, bool *unsure, struct pryv_err *err)
{
    bson_t bson, reply;
    bson_error_t error;
    enum pryv_rc rc = PRYV_OK;

    if (!bson_init_static(&bson, document.data, document.len))
        return pryv_fail(err, PRYV_FAILED, "a document is no BSON");

    bool inserted = mongoc_collection_insert_one(collection, &bson, NULL, &reply, &error);

    if (!inserted && server_says_duplicate(&error))
        rc = pryv_conflict(err, "_id", "there is such a document");
    else if (!inserted)
        rc = server_failed(&error, "write to", err);
    if (unsure)
        *unsure = !inserted && rc != PRYV_CONFLICT;
    bson_destroy(&reply);
    return rc;
}

static enum pryv_rc run_delete(mongoc_collection_t *collection, const bson_t *filter, bool many, uint64_t *count,
                               struct pryv_err *err)
{
    bson_t reply;
    bson_error_t error;
    bool deleted = many ? mongoc_collection_delete_many(collection, filter, NULL, &reply, &error)
                        : mongoc_collection_delete_one(collection, filter, NULL, &reply, &error);
    enum pryv_rc rc = deleted ? PRYV_OK : server_failed(&error, "delete from", err);

    if (deleted && count)
        *count = (uint64_t) document_integer(document_of(&reply), "deletedCount", 0);
    bson_destroy(&reply);
    return rc;
}

enum pryv_rc collection_delete_id(mongoc_collection_t *collection, struct pryv_str id, uint64_t *count, struct pryv_err *err)
{
    bson_t *filter = id_filter(id);
    enum pryv_rc rc = run_delete(collection, filter, false, count, err);

    bson_destroy(filter);
    return rc;
}

enum pryv_rc collection_delete_many(mongoc_collection_t *collection, const bson_t *filter, uint64_t *count, struct pryv_err *err)
{
    return run_delete(collection, filter, true, count, err);
}

enum pryv_rc collection_drop(mongoc_collection_t *collection, struct pryv_err *err)
{
    bson_error_t error;

    if (mongoc_collection_drop(collection, &error) || error.code == NAMESPACE_NOT_FOUND)
        return PRYV_OK;
    return server_failed(&error, "drop a collection of", err);
}

/* ---- Many at once ---------------------------------------------------------------------------- */

/* Whether all that was not written was there already. */
static bool only_duplicates(struct document reply)
{
    bson_iter_t at, item;
    bool any = false;

    if (!bson_iter_init_from_data(&at, reply.data, reply.len) || !bson_iter_find(&at, "writeErrors") ||
        !BSON_ITER_HOLDS_ARRAY(&at) || !bson_iter_recurse(&at, &item))
        return false;
    while (bson_iter_next(&item)) {
        struct document error = { NULL, 0 };

        if (BSON_ITER_HOLDS_DOCUMENT(&item))
            bson_iter_document(&item, &error.len, &error.data);
        if (document_integer(error, "code", 0) != DUPLICATE_KEY)
            return false;
        any = true;
    }
    return any;
}

enum pryv_rc bulk_run(mongoc_bulk_operation_t *bulk, struct pryv_err *err)
{
    bson_t reply;
    bson_error_t error;
    bool done = mongoc_bulk_operation_execute(bulk, &reply, &error) != 0;
    enum pryv_rc rc = PRYV_OK;

    if (!done && !(only_duplicates(document_of(&reply)) && reply_is_durable(document_of(&reply))))
        rc = server_failed(&error, "write to", err);
    bson_destroy(&reply);
    mongoc_bulk_operation_destroy(bulk);
    return rc;
}
