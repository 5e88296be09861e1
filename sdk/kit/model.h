/* model.h - a naive engine: an array of events that is searched from end to end. What the plugin answers must be the same. */
#ifndef MODEL_H
#define MODEL_H

#include "kit.h"

struct model_event {
    struct pryv_event row;
    struct pryv_str streams[3];
    size_t stream_count;
};

struct model {
    struct model_event *events;
    size_t count;
};

enum { MODEL_STREAMS = 12 };

/* Events by chance: few streams, types and times, so that there are many ties. `streams` is MODEL_STREAMS where model_query asks. */
struct model model_make(struct check *c, size_t count, size_t streams);
/* The id of one of its streams. */
struct pryv_str model_stream(struct check *c, size_t number);
/* A query by chance. Its lists are the check's. */
struct pryv_event_query model_query(struct check *c);
/* The rows that match, in order, paged. */
size_t model_answer(struct check *c, const struct model *model, const struct pryv_event_query *query,
                    const struct pryv_event ***rows);
/* Asks the plugin as well: each row must be the same. */
void model_compare(struct check *c, struct pryv_session *s, const struct model *model, const struct pryv_event_query *query);
/* For people: what was asked. */
const char *model_describe(struct check *c, const struct pryv_event_query *query);

#endif
