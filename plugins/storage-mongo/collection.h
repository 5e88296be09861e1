/* collection.h - the few operations on collections that everything here is made of. */
#ifndef STORAGE_MONGO_COLLECTION_H
#define STORAGE_MONGO_COLLECTION_H

#include "chain.h"

/* The collection for the chain; the caller destroys it. */
mongoc_collection_t *chain_collection(const struct chain *chain, mongoc_client_t *client, const char *collection);
/* One whose documents need not outlive the database server's crash, so that nothing waits for its disk or for other servers; the caller destroys it. */
mongoc_collection_t *passing_collection(mongoc_client_t *client, const char *database, const char *collection);
/* The first document that matches, copied; NOT_FOUND. `sort` may be NULL. */
enum pryv_rc collection_find_one(mongoc_collection_t *collection, const bson_t *filter, const bson_t *sort,
                                 struct pryv_arena *mem, struct document *out, struct pryv_err *err);
enum pryv_rc collection_find_id(mongoc_collection_t *collection, struct pryv_str id, struct pryv_arena *mem, struct document *out,
                                struct pryv_err *err);
/* CONFLICT key "_id". `*unsure`, where not NULL: it may have been stored although the call failed. */
enum pryv_rc collection_insert(mongoc_collection_t *collection, struct document document, bool *unsure, struct pryv_err *err);
/* How many were deleted; `count` may be NULL. */
enum pryv_rc collection_delete_id(mongoc_collection_t *collection, struct pryv_str id, uint64_t *count, struct pryv_err *err);
enum pryv_rc collection_delete_many(mongoc_collection_t *collection, const bson_t *filter, uint64_t *count, struct pryv_err *err);
/* A collection that is not there is no error. */
enum pryv_rc collection_drop(mongoc_collection_t *collection, struct pryv_err *err);

/* Executes and destroys. Documents that are there already are no error. */
enum pryv_rc bulk_run(mongoc_bulk_operation_t *bulk, struct pryv_err *err);

/* Whether the server acknowledged all of a reply as durable as asked for. */
bool reply_is_durable(struct document reply);

#endif
