/* layout_steps.h - what a database of an older layout lacks.
 *
 * Version 1  the first one.
 * Version 2  every chunk of a series tells its length: see series.c.
 *
 * Only where users share collections is there anything to do: of collections that each user has alone FerretDB reads all, whatever the documents tell. */
#ifndef STORAGE_MONGO_LAYOUT_STEPS_H
#define STORAGE_MONGO_LAYOUT_STEPS_H

#include "chain.h"

enum { LAYOUT_NEWEST = 2 };

/* Takes the database of `chain` to the newest version, or waits for the worker that does. One that dies at it is followed by another after its lease; a step
 * may be taken twice, and by two at once. */
enum pryv_rc layout_raise(const struct chain *chain, mongoc_client_t *client, struct pryv_err *err);

#endif
