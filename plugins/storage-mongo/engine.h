/* engine.h - the plugin's state in one worker, and the functions of its two interfaces, each told in pryv/storage.h and pryv/platform.h. */
#ifndef STORAGE_MONGO_ENGINE_H
#define STORAGE_MONGO_ENGINE_H

#include "kinds.h"
#include "session.h"
#include <pryv/platform.h>

#define LOG_NAME "storage-mongo"

enum { KNOWN_USERS = 4096 };
/* Between taking a user's commits and taking the rows: see session_rows.c. */
#define ERASE_WAIT_SECONDS 0.2

struct known_user {
    char *id;
    char chain[CHAIN_NAME_MAX + 1];
};

struct engine {
    struct server server;
    char *database, *platform_database;
    struct chain users, platform; /* the index of users of this core; the platform */
    struct turns turns;
    double busy_seconds, lease_seconds, snapshot_seconds;
    bool left_mark; /* see neighbours.h */
    int neighbours; /* how many there were the last time */
    pthread_mutex_t sessions_lock;
    struct pryv_session *sessions; /* open ones */
    pthread_mutex_t known_lock;
    struct known_user known[KNOWN_USERS]; /* by a hash of the id; whose chain is gone is looked up again */
};

/* users.c */
/* The chain of a live user. `fresh`: what this worker remembers of it is not believed. */
enum pryv_rc user_chain(struct engine *engine, struct pryv_str id, bool fresh, struct chain *out, struct pryv_err *err);
/* Erases what a crash left half erased, and again what late writers left of it. */
void users_sweep(struct engine *engine);

/* sweep.c: versions that ended, and parts of commits that never came to be. */
void versions_sweep(struct engine *engine);

/* layout.c: the collections and their indexes, and which layout the database has. */
enum pryv_rc layout_prepare(struct engine *engine, struct pryv_err *err);

/* Each file fills in its part of the tables. */
void accesses_offer(struct pryv_storage_ops *ops);
void account_offer(struct pryv_storage_ops *ops);
void cursor_offer(struct pryv_storage_ops *ops);
void event_history_offer(struct pryv_storage_ops *ops);
void event_query_offer(struct pryv_storage_ops *ops);
void events_offer(struct pryv_storage_ops *ops);
void inventory_offer(struct pryv_storage_ops *ops);
void key_values_offer(struct pryv_storage_ops *ops);
void platform_cores_offer(struct pryv_platform_ops *ops);
void platform_fields_offer(struct pryv_platform_ops *ops);
void platform_names_offer(struct pryv_platform_ops *ops);
void platform_rename_offer(struct pryv_platform_ops *ops);
void platform_values_offer(struct pryv_platform_ops *ops);
void series_offer(struct pryv_storage_ops *ops);
void signed_in_offer(struct pryv_storage_ops *ops);
void streams_offer(struct pryv_storage_ops *ops);
void usage_offer(struct pryv_storage_ops *ops);
void user_sessions_offer(struct pryv_storage_ops *ops);
void users_offer(struct pryv_storage_ops *ops);
void webhooks_offer(struct pryv_storage_ops *ops);

#endif
