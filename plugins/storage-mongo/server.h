/* server.h - the database server: a pool of clients, what kind of server it is, and what its errors mean.
 *
 * Safety   Writes are acknowledged when the majority of a replica set has them in its journal, are tried once more by the driver when a primary
 *          steps down, and reads see only what the majority has: what was read or answered is not taken back by a failover. An operator can ask for less in
 *          the connection string.
 * Threads  Any. A client belongs to one thread at a time. */
#ifndef STORAGE_MONGO_SERVER_H
#define STORAGE_MONGO_SERVER_H

#include "document.h"
#include <mongoc/mongoc.h>
#include <pryv/error.h>

struct server {
    mongoc_client_pool_t *pool;
    bool is_ferretdb; /* no transactions, no use of indexes but of _id: see chain.h */
    char version[64];
    char process[64]; /* an id of this process's own, which its locks bear */
};

/* Reaches nobody yet. What `uri` does not say about safety is added to it. */
enum pryv_rc server_open(struct server *server, mongoc_uri_t *uri, struct pryv_err *err);
/* Reaches the server and learns what it is, or tells why not: PRYV_BUSY where it may answer later. `clients`: at most so many, at once. */
enum pryv_rc server_look(struct server *server, int64_t clients, struct pryv_err *err);
void server_close(struct server *server); /* also a zeroed one */

/* PRYV_BUSY when all are in use for longer than the wait. */
enum pryv_rc server_take(struct server *server, mongoc_client_t **client, struct pryv_err *err);
void server_give(struct server *server, mongoc_client_t *client); /* NULL is fine */

/* What the driver told, as a result of ours: PRYV_BUSY where the server cannot be reached, has no primary, no room or no rights for us, else
 * PRYV_FAILED. */
enum pryv_rc server_failed(const bson_error_t *error, const char *what, struct pryv_err *err);
bool server_says_duplicate(const bson_error_t *error);

#endif
