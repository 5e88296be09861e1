/* incoming.h - what the body of a request brings, taken while it comes. */
#ifndef HFS_INCOMING_H
#define HFS_INCOMING_H

#include "body.h"
#include "csv_read.h"
#include <pryv/method.h>

struct incoming {
    struct flat flat;      /* of a single series, */
    struct csv_table *csv; /* or this, if it is not NULL; */
    struct batch batch;    /* of several */
    struct body_reader *json;
};

/* For the handlers of routes with one of the sinks: all that has come. A body of another type counts as {}. It lives as long as the call's arena. Errors: those of
 * the body, whatever is wrong with it but what only fields can tell. */
PRYV_CHECK enum pryv_rc incoming_end(struct pryv_call *call, struct incoming **out, struct pryv_err *err);

#endif
