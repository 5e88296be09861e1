/* pryv/event_filter.h - for storage plugins: the conditions of a query on one row, and the texts of a list of stream ids.
 *
 * An engine reads rows in the order asked for from wherever few others are, and leaves to the filter what that does not decide.
 * Threads   Any; one filter or list belongs to one thread at a time.
 */
#ifndef PRYV_EVENT_FILTER_H
#define PRYV_EVENT_FILTER_H

#include <pryv/storage.h>

/* All conditions of a query: state, times, modification, types, streams; not order, skip and limit. That the row is a live event is the engine's
 * to know. */
struct pryv_event_filter;

/* A copy of the query's conditions in `mem`, which must outlive the filter. */
PRYV_EXPORT struct pryv_event_filter *pryv_event_filter_new(struct pryv_arena *mem, const struct pryv_event_query *query);
PRYV_EXPORT void pryv_event_filter_free(struct pryv_event_filter *filter); /* NULL is fine */
PRYV_EXPORT bool pryv_event_filter_matches(struct pryv_event_filter *filter, const struct pryv_event *row);
/* One of its conditions: the type is one of those that are asked for, or none is. */
static inline bool pryv_event_type_matches(const struct pryv_event_query *query, struct pryv_str type)
{
    for (size_t i = 0; i < query->type_count; i++) {
        struct pryv_str text = query->types[i].text;

        if (query->types[i].whole_class ? type.len >= text.len && memcmp(type.data, text.data, text.len) == 0
                                        : pryv_str_is(type, text))
            return true;
    }
    return query->type_count == 0;
}

/* The texts of a JSON list of texts as pryv_json writes it, one after the other. Start it zeroed with `at` and `end`; `decoded` is to be given
 * to free(). A text is the list's: until the next one. */
struct pryv_text_list {
    const char *at, *end;
    char *decoded; /* of the last text, where it had escapes */
};
PRYV_EXPORT bool pryv_text_list_next(struct pryv_text_list *list, struct pryv_str *out);

#endif
