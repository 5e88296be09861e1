/* pryv/event_plan.h - for storage plugins: which rows a query of events is to be read from, whatever the engine reads them with.
 *
 * An event that began before `from` matches when it had not ended by then. So reading begins at `from` less the longest duration there is; running
 * events from before that, where they match, are a second source.
 *
 * An engine that answers a query
 *   1. looks up the periods of the user's events, where pryv_event_query_needs_periods says so;
 *   2. has the sources told by pryv_event_sources, and reads one after the other, each in the order that the query asks for;
 *   3. reads each from wherever the fewest other rows are: pryv_event_streams tells in which streams every match is;
 *   4. gives to a filter (pryv/event_filter.h) what that does not decide. Where it decides everything, the database can skip and limit too.
 * plugins/storage-sqlite/event_query.c shows all of it.
 *
 * Memory    A query is only looked at; what is told belongs to the arena that was given, or to the caller.
 * Threads   Any.
 * Errors    None.
 */
#ifndef PRYV_EVENT_PLAN_H
#define PRYV_EVENT_PLAN_H

#include <pryv/rows.h>
#include <pryv/storage.h>

/* What an engine knows of all live events of a user, or of all audit records. */
struct pryv_event_periods {
    double longest; /* duration in seconds; PRYV_ABSENT: none has one. One that is too long costs only reading. */
    bool running;   /* one is */
};

/* False: the query's sources do not depend on them, and they need not be looked up. */
PRYV_EXPORT bool pryv_event_query_needs_periods(const struct pryv_event_query *query);

/* Live events in order of time. */
struct pryv_event_source {
    bool running;        /* running ones alone */
    double lower, upper; /* of their times, both inclusive; -INFINITY and INFINITY: no bound */
};

/* Every match is in one of the sources; they have no event in common, and are in the query's order. */
struct pryv_event_sources {
    struct pryv_event_source list[2];
    size_t count; /* 0: nothing can match */
    bool exact;   /* each event of them matches what the query asks of times and of running; no filter need look at that */
};

/* `periods` is only looked at when the query needs it. */
PRYV_EXPORT struct pryv_event_sources pryv_event_sources(const struct pryv_event_query *query,
                                                         const struct pryv_event_periods *periods);

/* Adds to `ids`, an empty list of struct pryv_str, copies of streams under which every match is: the smallest list of each block. An id can be
 * among them twice. False, and the list is left empty, when the query has no condition on streams, when a block has no list of streams to be in, or
 * when there are more than `most`. `*exact` (may be NULL): to be in one of them is all that the query asks of streams. */
PRYV_EXPORT bool pryv_event_streams(const struct pryv_event_query *query, size_t most, struct pryv_rows *ids, bool *exact);

/* What the storage's events_in_streams asks. `ids` is not copied. */
PRYV_EXPORT const struct pryv_event_query *pryv_event_query_in_streams(struct pryv_arena *mem, const struct pryv_str *ids,
                                                                       size_t count);

#endif
