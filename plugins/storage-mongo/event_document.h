/* event_document.h - the new version of an event or audit record. */
#ifndef STORAGE_MONGO_EVENT_DOCUMENT_H
#define STORAGE_MONGO_EVENT_DOCUMENT_H

#include "session.h"

enum pryv_rc event_put(struct pryv_session *s, const struct kind *kind, const struct pryv_event *row,
                       const struct version *before, struct pryv_err *err);

#endif
