/* group_commit.c - see group_commit.h. */
#include "group_commit.h"
#include "engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A transaction and those whose writes are in it. Under the database's lock, but for `began`. */
struct commit_group {
    pthread_cond_t decided;
    unsigned references; /* the open transaction, and those who wait for the decision */
    unsigned members;    /* sessions that committed into it */
    double began;
    bool done;
    enum pryv_rc rc;
    char message[256]; /* of the failure */
};

struct pryv_pending_commit {
    struct database *database; /* with a use of its own */
    struct commit_group *group;
};

struct waiting_writer {
    pthread_cond_t turn;
    bool has_turn;
    struct waiting_writer *next;
};

static double monotonic_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

static void condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (pthread_cond_init(condition, &attributes) != 0)
        abort();
    pthread_condattr_destroy(&attributes);
}

/* ---- Turns ----------------------------------------------------------------------------------- */

/* Under the lock. */
static void remove_waiting(struct database *database, const struct waiting_writer *writer)
{
    struct waiting_writer **at = &database->first_waiting;
    struct waiting_writer *before = NULL;

    while (*at != writer) {
        before = *at;
        at = &(*at)->next;
    }
    *at = writer->next;
    if (database->last_waiting == writer)
        database->last_waiting = before;
}

/* Under the lock: in the order of coming. False when it took too long. */
static bool wait_for_turn(struct database *database)
{
    struct waiting_writer self = { 0 };
    struct timespec until;
    double deadline = monotonic_now() + database->pool->options.busy_seconds;
    int rc = 0;

    if (!database->writing) {
        database->writing = true;
        return true;
    }
    until.tv_sec = (time_t) deadline;
    until.tv_nsec = (long) ((deadline - (double) until.tv_sec) * 1e9);
    condition_init(&self.turn);
    *(database->last_waiting ? &database->last_waiting->next : &database->first_waiting) = &self;
    /* It leaves the list before it leaves this function. */
    // cppcheck-suppress autoVariables
    database->last_waiting = &self;
    while (!self.has_turn && rc == 0)
        rc = pthread_cond_timedwait(&self.turn, &database->lock, &until);
    if (!self.has_turn)
        remove_waiting(database, &self);
    pthread_cond_destroy(&self.turn);
    return self.has_turn;
}

/* Under the lock: the turn, with the open transaction if there is one, goes to the next, or nobody has it. */
static void pass_turn(struct database *database)
{
    struct waiting_writer *next = database->first_waiting;

    if (!next) {
        database->writing = false;
        return;
    }
    remove_waiting(database, next);
    next->has_turn = true;
    pthread_cond_signal(&next->turn);
}

/* ---- The transaction ------------------------------------------------------------------------- */

static struct commit_group *group_new(void)
{
    struct commit_group *group = calloc(1, sizeof(*group));

    if (!group)
        abort();
    condition_init(&group->decided);
    group->references = 1;
    group->began = monotonic_now();
    return group;
}

/* Under the lock. */
static void group_drop(struct commit_group *group)
{
    if (--group->references)
        return;
    pthread_cond_destroy(&group->decided);
    free(group);
}

static enum pryv_rc gone(struct pryv_err *err)
{
    return pryv_fail(err, PRYV_NOT_FOUND, "the user was erased");
}

/* By whoever has the turn, without the lock. */
static enum pryv_rc begin_transaction(struct database *database, struct pryv_err *err)
{
    enum pryv_rc rc = database->writer ? PRYV_OK : connection_take(database, true, false, &database->writer, err);

    if (rc != PRYV_OK)
        return database_is_there(database) ? rc : gone(err);
    database->writer->wrote = true;
    if ((rc = connection_execute(database->writer, "BEGIN IMMEDIATE", err)) != PRYV_OK)
        return rc;
    database->group = group_new();
    return PRYV_OK;
}

/* By whoever has the turn, without the lock: commits or takes back, and tells everyone. */
static enum pryv_rc end_transaction(struct database *database, struct pryv_err *err)
{
    struct connection *writer = database->writer;
    struct commit_group *group = database->group;
    enum pryv_rc rc = PRYV_OK;

    if (!group->members)
        rc = PRYV_OK;
    else if (sqlite3_get_autocommit(writer->handle))
        rc = pryv_fail(err, PRYV_BUSY, "what was written to %s was taken back with the failure of another", database->path);
    else if (!database_is_there(database))
        rc = gone(err);
    else
        rc = connection_execute(writer, "COMMIT", err);
    if (!sqlite3_get_autocommit(writer->handle))
        sqlite3_exec(writer->handle, "ROLLBACK", NULL, NULL, NULL);
    database->group = NULL;
    pthread_mutex_lock(&database->lock);
    group->done = true;
    group->rc = rc;
    if (rc != PRYV_OK)
        snprintf(group->message, sizeof(group->message), "%s", err->message);
    pthread_cond_broadcast(&group->decided);
    group_drop(group);
    pthread_mutex_unlock(&database->lock);
    return rc;
}

/* Gives the turn back; the connection is for anybody when nobody waits and no transaction is open. */
static void leave(struct database *database)
{
    struct connection *idle = NULL;

    pthread_mutex_lock(&database->lock);
    if (!database->first_waiting && !database->group) {
        idle = database->writer;
        database->writer = NULL;
    }
    pass_turn(database);
    pthread_mutex_unlock(&database->lock);
    if (idle)
        connection_give(idle);
}

/* Under the lock, by whoever has the turn: may others join? */
static bool is_joinable(const struct database *database)
{
    const struct commit_group *group = database->group;
    const struct pool *pool = database->pool;

    return group->members < pool->group_sessions && monotonic_now() - group->began < pool->group_seconds &&
           !sqlite3_get_autocommit(database->writer->handle);
}

/* The savepoint is over: let the next one in, or end the transaction for all. */
static enum pryv_rc finish(struct database *database, bool member, struct pryv_err *err)
{
    struct commit_group *group = database->group;

    pthread_mutex_lock(&database->lock);
    if (member)
        group->members++;
    if (database->first_waiting && is_joinable(database)) {
        enum pryv_rc rc = PRYV_OK;

        group->references++;
        pass_turn(database);
        while (group->members && !group->done)
            pthread_cond_wait(&group->decided, &database->lock);
        if (group->done && (rc = group->rc) != PRYV_OK)
            pryv_fail(err, rc, "%s", group->message);
        group_drop(group);
        pthread_mutex_unlock(&database->lock);
        return rc;
    }
    pthread_mutex_unlock(&database->lock);

    enum pryv_rc rc = end_transaction(database, err);

    leave(database);
    return rc;
}

/* ---- A writer's way -------------------------------------------------------------------------- */

enum pryv_rc write_begin(struct database *database, struct connection **out, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;

    pthread_mutex_lock(&database->lock);

    bool has_turn = wait_for_turn(database);

    pthread_mutex_unlock(&database->lock);
    if (!has_turn)
        return pryv_fail(err, PRYV_BUSY, "writers of %s have waited for %g s", database->path,
                         database->pool->options.busy_seconds);
    if (!database->group)
        rc = begin_transaction(database, err);
    if (rc == PRYV_OK && !database_is_there(database))
        rc = gone(err);
    if (rc == PRYV_OK)
        rc = connection_execute(database->writer, "SAVEPOINT session", err);
    if (rc != PRYV_OK) {
        struct pryv_err later = PRYV_ERR(err->arena); /* the members of the group are told theirs */

        if (database->group)
            (void) !end_transaction(database, &later);
        leave(database);
        return rc;
    }
    *out = database->writer;
    return PRYV_OK;
}

/* The session's writes become the transaction's; a failure ends both. */
static enum pryv_rc release(struct database *database, struct pryv_err *err)
{
    if (connection_execute(database->writer, "RELEASE session", err) == PRYV_OK)
        return PRYV_OK;

    struct pryv_err failure = *err;
    struct pryv_err later = PRYV_ERR(err->arena);

    (void) !write_rollback(database, &later);
    *err = failure;
    return failure.rc;
}

enum pryv_rc write_commit(struct database *database, struct pryv_err *err)
{
    enum pryv_rc rc = release(database, err);

    return rc == PRYV_OK ? finish(database, true, err) : rc;
}

/* ---- Commits that are settled later ---------------------------------------------------------- */

/* Under the lock, by whoever has the turn. */
static struct pryv_pending_commit *pending_new(struct database *database)
{
    struct pryv_pending_commit *pending = calloc(1, sizeof(*pending));

    if (!pending)
        abort();
    pending->database = database;
    pending->group = database->group;
    pending->group->references++;
    return pending;
}

enum pryv_rc write_commit_later(struct database *database, struct pryv_pending_commit **out, struct pryv_err *err)
{
    struct pryv_pending_commit *pending = NULL;
    enum pryv_rc rc = release(database, err);

    if (rc != PRYV_OK)
        return rc;
    pthread_mutex_lock(&database->lock);
    database->group->members++;
    if (is_joinable(database)) {
        pending = pending_new(database);
        pass_turn(database);
    }
    pthread_mutex_unlock(&database->lock);
    if (pending) {
        database_keep(database);
    } else {
        rc = end_transaction(database, err);
        leave(database);
    }
    *out = pending;
    return rc;
}

/* Under the lock. Who has the turn lets it go on or commits, and neither takes long: this does not give up. */
static void wait_until_decided_or_turn(struct database *database, const struct commit_group *group, bool *has_turn)
{
    *has_turn = false;
    while (!group->done && !*has_turn)
        *has_turn = wait_for_turn(database);
}

static enum pryv_rc pending_settle(struct pryv_pending_commit *pending, struct pryv_err *err)
{
    struct database *database;
    struct commit_group *group;
    enum pryv_rc rc = PRYV_OK;
    bool has_turn;

    if (!pending)
        return PRYV_OK;
    database = pending->database;
    group = pending->group;
    pthread_mutex_lock(&database->lock);
    wait_until_decided_or_turn(database, group, &has_turn);
    if (has_turn) {
        bool open = database->group == group;
        struct pryv_err unseen = PRYV_ERR(err->arena);

        pthread_mutex_unlock(&database->lock);
        if (open)
            (void) !end_transaction(database, &unseen); /* the group keeps what came of it */
        leave(database);
        pthread_mutex_lock(&database->lock);
    }
    if (group->rc != PRYV_OK)
        rc = pryv_fail(err, group->rc, "%s", group->message);
    group_drop(group);
    pthread_mutex_unlock(&database->lock);
    database_put(database);
    free(pending);
    return rc;
}

enum pryv_rc write_rollback(struct database *database, struct pryv_err *err)
{
    struct connection *writer = database->writer;
    struct pryv_err unseen = PRYV_ERR(err->arena);

    /* What cannot be taken back alone is taken back with all. */
    if (!sqlite3_get_autocommit(writer->handle) && (connection_execute(writer, "ROLLBACK TO session", &unseen) != PRYV_OK ||
                                                    connection_execute(writer, "RELEASE session", &unseen) != PRYV_OK))
        sqlite3_exec(writer->handle, "ROLLBACK", NULL, NULL, NULL);
    return finish(database, false, err);
}

void group_commit_offer(struct pryv_storage_ops *ops)
{
    ops->settle = pending_settle;
}
