/* additions.h - what adds to users' data and changes nothing that is there: of many threads, and to any users, in one transaction of one statement (group.h).
 *
 * An addition has its user's turn, shared with others that add (turns.h), and the user's shared lock while it is written.
 *
 * In a group  A lock that is not had at once is not waited for: a user whom another worker writes to keeps no others waiting.
 * Alone       In a transaction of its own, with the lock waited for: an addition of such a user, one that the kind of work keeps out of the group, and all
 *             of a transaction that failed, for the failure may be that of one. None of these was written before.
 * Lost        When the connection is, nobody knows whether the transaction was committed: all in it hear PRYV_BUSY. */
#ifndef STORAGE_PG_ADDITIONS_H
#define STORAGE_PG_ADDITIONS_H

#include "session.h"

enum { ADDITION_MESSAGE = 256 };

struct addition {
    struct group_item item;
    int64_t lock;    /* the user's */
    bool alone;      /* whether it is to go alone; else: */
    enum pryv_rc rc; /* what became of it: OK, NOT_FOUND or CONFLICT; or of the whole group, with a message */
    char message[ADDITION_MESSAGE];
};

struct addition_kind {
    /* The statement that adds `count` of them. It writes nothing unless ADDITIONS_LOCKED. */
    void (*put)(struct call *call, struct pryv_arena *mem, struct addition *const *additions, size_t count);
    /* Sets `rc` of each by its answer. */
    void (*read)(struct addition *const *additions, size_t count, const PGresult *answer);
};

/* A condition in SQL: the locks of all that are to be added were had. */
#define ADDITIONS_LOCKED "(SELECT strpos(current_setting('pryvd.locked'), '0') = 0)"

/* The work of a group whose items are these; additions have their outcome then, or are told to go alone. */
void additions_do(struct engine *engine, const struct addition_kind *kind, struct addition *const *additions, size_t count);

/* Waits for the lock of one, in a transaction that will add it. */
void addition_put_lock(struct call *call, const struct addition *addition);

/* One from its beginning to its end, by its own thread. PRYV_BUSY when a turn, a connection or a lock is not had in time. Of NOT_FOUND and CONFLICT
 * nothing is told in `err`: the caller knows what that means. */
enum pryv_rc addition_make(struct engine *engine, struct group *group, const struct addition_kind *kind,
                           struct addition *addition, struct pryv_err *err);

#endif
