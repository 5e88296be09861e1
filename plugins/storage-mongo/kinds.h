/* kinds.h - the kinds of rows, each with its collection and its members. */
#ifndef STORAGE_MONGO_KINDS_H
#define STORAGE_MONGO_KINDS_H

#include "document.h"

/* Rows that the contract has no struct for. */
struct value_row {
    struct pryv_str scope, key, value_json;
};
struct chunk_row {
    struct pryv_str event_id;
    double from, to;
    uint32_t points;
    struct pryv_str bytes;
    double length; /* from first to last time: what bounds a scan by time; absent in what an older server wrote */
};
struct user_row {
    struct pryv_str id, username, chain;
};
struct erased_user_row {
    struct pryv_str id; /* its chain */
    double since;
    bool done;
};
struct unique_row {
    struct pryv_str field, value, username, ticket; /* a ticket: reserved, until `expires` */
    double expires;
};
struct indexed_row {
    struct pryv_str username, field, value;
};
struct core_row {
    struct pryv_str id; /* the user's name, or one that the user had before */
    struct pryv_str core_id;
    bool present; /* the name that the user has */
};
struct platform_value_row {
    struct pryv_str id, value;
    double expires;
};

/* Of a user. */
extern const struct kind stream_kind, stream_deletion_kind, event_kind, audit_kind, access_kind, signed_in_kind, password_kind,
    account_field_kind, value_kind, webhook_kind, chunk_kind;
/* Of the index of users; of the platform. */
extern const struct kind user_kind, erased_user_kind;
extern const struct kind unique_kind, indexed_kind, core_kind, platform_value_kind;

extern const struct kind *const user_data_kinds[]; /* ended by NULL */
extern const struct kind *const index_kinds[];
extern const struct kind *const platform_kinds[];

#endif
