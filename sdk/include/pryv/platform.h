/* pryv/platform.h - what all cores of a platform share (interface "platform", version 1): names, unique and indexed
 * account fields, which core a user lives on, and short-lived state. Storage plugins provide it: storage-pg for one core, storage-sqlite for cores
 * of one machine, which share a file, storage-mongo for cores that share a database.
 *
 * Reads     A call may answer from a copy that has not yet seen what another core wrote a moment ago, unless
 *           `strong` is asked for or the function writes: writes decide on the newest state.
 * Threads, memory, texts, errors, ABI: as in pryv/storage.h. PRYV_BUSY: the store is not reachable (503).
 */
#ifndef PRYV_PLATFORM_H
#define PRYV_PLATFORM_H

#include <pryv/arena.h>
#include <pryv/error.h>

#define PRYV_PLATFORM_VERSION 1

struct pryv_field_value {
    struct pryv_str field; /* "email"; the user name is the field "username" */
    struct pryv_str value;
    bool unique; /* else only indexed */
};

struct pryv_platform_ops {
    size_t size;
    const char *engine;

    /* Registration in two steps. reserve takes the user name and all unique fields at once or none, until `expires`:
     * CONFLICT, with err->data = an object of every field that is taken. It fails too when a name is reserved
     * and not yet expired. confirm makes them the user's for good, writes indexed fields and the core, and
     * fails with NOT_FOUND when the reservation has expired; release gives back what this reservation holds and nothing else, which
     * may be nothing.
     * A crash in between leaves a reservation that ends by itself. `ticket` is the reservation's name. */
    enum pryv_rc (*reserve)(void *self, struct pryv_str ticket, struct pryv_str username, const struct pryv_field_value *fields,
                            size_t count, double expires, struct pryv_err *err);
    enum pryv_rc (*confirm)(void *self, struct pryv_str ticket, const struct pryv_field_value *fields, size_t count,
                            struct pryv_str core_id, struct pryv_err *err);
    enum pryv_rc (*release)(void *self, struct pryv_str ticket, struct pryv_err *err);

    /* Who has this value: user name, or NOT_FOUND. Reservations count. */
    enum pryv_rc (*unique_owner)(void *self, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value, bool strong,
                                 struct pryv_str *username, struct pryv_err *err);
    /* A user's unique field from one value to another (from absent: there was none; to absent: given up), atomically. CONFLICT key = the
     * field. */
    enum pryv_rc (*unique_move)(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str from,
                                struct pryv_str to, struct pryv_err *err);
    /* Absent: given up. */
    enum pryv_rc (*indexed_set)(void *self, struct pryv_str username, struct pryv_str field, struct pryv_str value,
                                struct pryv_err *err);
    enum pryv_rc (*user_fields)(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_field_value **out,
                                size_t *count, struct pryv_err *err);
    enum pryv_rc (*user_core)(void *self, struct pryv_arena *mem, struct pryv_str username, bool strong, struct pryv_str *core_id,
                              struct pryv_err *err);
    enum pryv_rc (*user_delete)(void *self, struct pryv_str username,
                                struct pryv_err *err); /* all rows of that user; unknown: no error */

    /* Values by key ("core-info/ID", "invitation/TOKEN", "access-state/KEY", "alias/NAME": the user name that serves in its place, ...), with an end or PRYV_ABSENT. An expired one is
     * not there. put_new: CONFLICT "key" when there is one; of callers at the same time exactly one succeeds. replace: only while the value is
     * still `expected` (CONFLICT "value" else, NOT_FOUND). take: get and delete in one step; exactly one caller gets it. */
    enum pryv_rc (*value_put)(void *self, struct pryv_str key, struct pryv_str value, double expires, struct pryv_err *err);
    enum pryv_rc (*value_put_new)(void *self, struct pryv_str key, struct pryv_str value, double expires, struct pryv_err *err);
    enum pryv_rc (*value_replace)(void *self, struct pryv_str key, struct pryv_str expected, struct pryv_str value,
                                  double expires, struct pryv_err *err);
    enum pryv_rc (*value_get)(void *self, struct pryv_arena *mem, struct pryv_str key, bool strong, struct pryv_str *value,
                              struct pryv_err *err);
    enum pryv_rc (*value_take)(void *self, struct pryv_arena *mem, struct pryv_str key, struct pryv_str *value,
                               struct pryv_err *err);
    enum pryv_rc (*value_delete)(void *self, struct pryv_str key, struct pryv_err *err); /* unknown: no error */
    enum pryv_rc (*values_list)(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after, size_t limit,
                                struct pryv_str **keys, struct pryv_str **values, size_t *count,
                                struct pryv_err *err);                                      /* by key */
    enum pryv_rc (*sweep)(void *self, double now, uint64_t *removed, struct pryv_err *err); /* expired values and reservations */
    /* 1.0 ends here. */

    /* 1.1. The user called `from` is called `to` from now on, with all fields and the core. `from`, and what it was called before, stay taken:
     * unique_owner of "username" answers `to` for them and user_core goes on answering, until user_delete frees them. user_fields tells the
     * present name alone. Doing it again is no error; nor is going back to a name of one's own. CONFLICT "username": another has `to`.
     * NOT_FOUND: nobody is called `from`. */
    enum pryv_rc (*user_rename)(void *self, struct pryv_str from, struct pryv_str to, struct pryv_err *err);

    /* 1.2. Users by their core, present names alone. core_counts: how many on each core that has some. core_users: by name, at most `limit` after
     * `after`. core_move: all of `from` live on `to` from now on, whatever they were called before. */
    enum pryv_rc (*core_counts)(void *self, struct pryv_arena *mem, struct pryv_str **core_ids, uint64_t **counts, size_t *count,
                                struct pryv_err *err);
    enum pryv_rc (*core_users)(void *self, struct pryv_arena *mem, struct pryv_str core_id, struct pryv_str after, size_t limit,
                               struct pryv_str **usernames, size_t *count, struct pryv_err *err);
    enum pryv_rc (*core_move)(void *self, struct pryv_str from, struct pryv_str to, uint64_t *moved, struct pryv_err *err);

    /* 1.3. For who carries a platform elsewhere. former_names: what a user was called before and still answers to, by name. values_with_ends:
     * values_list that tells when each ends, too (PRYV_ABSENT: never). */
    enum pryv_rc (*former_names)(void *self, struct pryv_arena *mem, struct pryv_str username, struct pryv_str **names,
                                 size_t *count, struct pryv_err *err);
    enum pryv_rc (*values_with_ends)(void *self, struct pryv_arena *mem, struct pryv_str prefix, struct pryv_str after,
                                     size_t limit, struct pryv_str **keys, struct pryv_str **values, double **ends, size_t *count,
                                     struct pryv_err *err);
};

/* Deletes every value whose key begins with `prefix`, one after the other: after a failure some may be left. Errors: those of the platform. */
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_platform_forget(const struct pryv_platform_ops *platform, void *platform_self,
                                                         struct pryv_str prefix, struct pryv_err *err);

/* For a plugin's `reserve`: PRYV_OK when nobody has the name, nor one of the unique fields; else PRYV_CONFLICT, with all that is taken in err->data. `owned`
 * answers PRYV_OK when somebody has the value, reservations counted, and PRYV_NOT_FOUND when nobody has; what else it answers is the answer. */
typedef enum pryv_rc (*pryv_value_owned)(void *arg, struct pryv_str field, struct pryv_str value, struct pryv_err *err);
PRYV_EXPORT PRYV_CHECK enum pryv_rc pryv_platform_all_free(struct pryv_str username, const struct pryv_field_value *fields,
                                                           size_t count, pryv_value_owned owned, void *arg, struct pryv_err *err);

#endif
