/* flush.h - commits that were answered before they are on the disk, and then wait for it together.
 *
 * A writer whose user's next writer waits commits without waiting for the disk, so that the next may begin. Then it waits here until a later record of
 * the server's log is on disk, and so all before it: one such record does for all that wait.
 *
 * A server that crashed has lost what was not on disk, and would write a later record all the same. But it has ended every connection then:
 * a record counts for a commit only when it is written by a connection that was open before that commit began.
 *
 * Threads   Any; each waits with the connection that it committed on. */
#ifndef STORAGE_PG_FLUSH_H
#define STORAGE_PG_FLUSH_H

#include "connection.h"
#include <pthread.h>

struct flush_waiter;

struct flusher {
    pthread_mutex_t lock;
    uint64_t begun; /* commits */
    bool busy;
    struct flush_waiter *first, *last;
};

void flusher_init(struct flusher *flusher);
void flusher_release(struct flusher *flusher);

/* The number of the commit that begins now; a connection's `opened` is the last number before it was open. */
uint64_t flush_begin(struct flusher *flusher);
uint64_t flush_last_begun(struct flusher *flusher);
/* After the commit of that number was answered on this connection: OK once it is on disk. PRYV_BUSY: it may be lost. */
enum pryv_rc flush_wait(struct flusher *flusher, struct connection *connection, uint64_t number, struct pryv_err *err);

#endif
