/* key_merge.h - the numbers of events in order, put together from several lists that each have the order: the events of each of several
 * streams, or of each of several types. A list is read in small batches, which begin where the last one ended, so that memory depends on the
 * number of lists alone, and what the session writes meanwhile does no harm. A list that is known to have nothing new is read only when all that
 * is newer was given: to find where one begins costs about a page of the database. */
#ifndef STORAGE_SQLITE_KEY_MERGE_H
#define STORAGE_SQLITE_KEY_MERGE_H

#include "session.h"

struct key_merge;

/* `newest` (may be NULL): for each list a time that none of its events is later than; INFINITY: not known; -INFINITY: it has none. Only
 * looked at.
 * `wanted`: how many numbers are likely to be asked for; more may be.
 * The statement answers time, id and number of a list's events beyond a position, in order:
 *   ?1 the list's name, (?2, ?3) the position (time, id), ?4 the last time wanted, ?5 how many. */
struct key_merge *key_merge_new(struct pryv_session *session, const char *sql, const struct pryv_str *names, const double *newest,
                                size_t count, bool ascending, double lower, double upper, uint64_t wanted);
void key_merge_free(struct key_merge *merge); /* NULL is fine */
/* 1: a number, each event once; 0: the end; negative: a pryv_rc. */
int key_merge_next(struct key_merge *merge, int64_t *number, struct pryv_err *err);

#endif
