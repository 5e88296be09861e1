/* event_filter.h - the conditions of a query that the order of reading does not already keep, on one row. */
#ifndef STORAGE_SQLITE_EVENT_FILTER_H
#define STORAGE_SQLITE_EVENT_FILTER_H

#include <pryv/storage.h>

struct event_filter;

/* A copy of the query's conditions in `mem`. */
struct event_filter *event_filter_new(struct pryv_arena *mem, const struct pryv_event_query *query);
void event_filter_free(struct event_filter *filter); /* NULL is fine */
bool event_filter_matches(struct event_filter *filter, const struct pryv_event *row);

#endif
