/* stream_query.h - the `streams` parameter of events.get: the forms it may be written in, and what it means against streams and rights.
 *
 * Memory   Results live in `mem`; ids are borrowed from the parameter and from the streams, which must live as long.
 * Threads  Any; nothing is kept.
 */
#ifndef API_STREAM_QUERY_H
#define API_STREAM_QUERY_H

#include "account.h"
#include <pryv/access.h>
#include <pryv/storage.h>

/* ---- As written ----------------------------------------------------------------------------------------- */

/* Ids within their store. One that ends in '!' is the stream alone, without what is below it; "*" is everything that may be read there. */
struct stream_list {
    struct pryv_str *ids;
    size_t count;
};

#define STORE_LOCAL   PRYV_STR("local")
#define STORE_ACCOUNT PRYV_STR("account")

struct stream_query {
    struct pryv_str store; /* STORE_LOCAL, STORE_ACCOUNT, or what stands between the colons */
    struct stream_list any, all, none;
};

struct stream_queries {
    struct stream_query *list; /* in the order in which they were written */
    size_t count;
};

/* The store that an id belongs to; `inside` is the id there: without prefix, except in the account, and "*" for a store's root. */
struct pryv_str store_of_id(const struct account_fields *account, struct pryv_str id, struct pryv_str *inside);

/* Reads an id, a list of ids, a query {any, all?, not?}, a list of queries, or one of these as JSON text; NULL and null are ["*"]. A list
 * of ids becomes one query a store. No query is left of []. Errors: PRYV_REFUSED 400 invalid-request-structure, also when more than
 * `max_ids` ids are named. */
PRYV_CHECK enum pryv_rc stream_queries_parse(struct pryv_arena *mem, const struct account_fields *account, json_t *value,
                                             size_t max_ids, struct stream_queries *out, struct pryv_err *err);

/* ---- As meant ------------------------------------------------------------------------------------------- */

/* The streams of one store. */
struct stream_forest {
    const void *tree;
    const struct pryv_stream_node *(*find)(const void *tree, struct pryv_str id); /* NULL: unknown */
    enum pryv_level (*level)(const void *tree, const struct pryv_access *access, struct pryv_str id);
    const struct pryv_stream_node *roots;
    size_t count;     /* every node's index is below it */
    bool star_covers; /* an entry `*` is about these streams */
    bool has_root;    /* "*" is a stream above all others, with a level of its own */
    bool partial;     /* there may be other streams: what a query comes to is always told stream by stream */
};

/* Who asks, and for what. */
struct stream_question {
    const struct pryv_access *access;
    bool with_trashed;  /* state `trashed` or `all` */
    size_t max_streams; /* in all conditions of a question together */
};

bool stream_list_is_star(const struct stream_list *list);
/* `a!` is `a` alone, without what is below it. */
struct pryv_str stream_id_without_mark(struct pryv_str id, bool *alone);

/* What is wrong with the streams that a query names, gathered over all queries before anything is told. */
struct stream_complaints {
    bool forbidden;
    json_t *unknown; /* list of ids, or NULL */
};
bool stream_may_be_read(const struct stream_question *question, const struct stream_forest *forest, struct pryv_str id);
/* Step 1: every id of `any` exists and may be read. */
void stream_query_check(const struct stream_question *question, const struct stream_forest *forest,
                        const struct stream_query *query, struct stream_complaints *complaints);
/* 403 forbidden first, then 400 unknown-referenced-resource with all ids. Takes the list. */
PRYV_CHECK enum pryv_rc stream_complaints_tell(struct stream_complaints *complaints, struct pryv_err *err);

struct stream_blocks {
    bool any_stream; /* no condition is left: every event matches */
    const struct pryv_stream_block *list;
    size_t count; /* 0, and not any_stream: nothing matches */
};
/* Steps 2 to 6 over the queries of one store (`store`; those of others are skipped). "*" means what the access may read in the forest.
 * Errors: PRYV_REFUSED 400 invalid-request-structure when `max_streams` does not do. */
PRYV_CHECK enum pryv_rc stream_queries_expand(struct pryv_arena *mem, const struct stream_question *question,
                                              const struct stream_forest *forest, const struct stream_queries *queries,
                                              struct pryv_str store, struct stream_blocks *out, struct pryv_err *err);
/* Does an event in these streams match? For stores that are filtered here. */
bool stream_blocks_match(const struct stream_blocks *blocks, const struct pryv_str *ids, size_t count);

/* The local streams as a forest. */
struct stream_forest stream_forest_of_tree(const struct pryv_stream_tree *tree);

#endif
