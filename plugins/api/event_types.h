/* event_types.h - which contents an event type takes.
 *
 * The built-in catalogue is ready at once; what service.eventTypes names is read in the background and merged into it, object by object at every
 * depth. When it cannot be read, or is none, the built-in one stays and the log says so.
 * Threads  make and free alone; all else from any thread. A type whose schema cannot be used is free, with a warning.
 */
#ifndef API_EVENT_TYPES_H
#define API_EVENT_TYPES_H

#include <pryv/error.h>
#include <pryv/series_events.h>

struct event_types;

struct event_types *event_types_new(struct pryv_err *err); /* NULL: the built-in catalogue is broken */
void event_types_free(struct event_types *types);          /* NULL is fine */

/* Read and merge the document at `address` (a flat.json: {types: {name: schema}}). Executor. */
void event_types_load(struct event_types *types, struct pryv_str address);

/* The text of a type: `^(series:)?[a-z0-9-]+/[a-z0-9-]+$`. */
bool event_type_is_valid(struct pryv_str type);
bool event_type_is_series(struct pryv_str type);

/* `content` (NULL counts as null) against the schema of a plain type; a type that is not in the catalogue takes anything.
 * Errors: PRYV_REFUSED 400 invalid-parameters-format, data = list of {code, message, path, params}. */
PRYV_CHECK enum pryv_rc event_types_check(const struct event_types *types, struct pryv_str type, const json_t *content,
                                          struct pryv_err *err);

/* The content of a new event of a series type: {elementType, fields, required}, released with err->arena. Errors: PRYV_REFUSED 400
 * invalid-event-type for an unknown element type. */
PRYV_CHECK enum pryv_rc event_types_series_content(const struct event_types *types, struct pryv_str type, json_t **out,
                                                   struct pryv_err *err);

/* The fields of points of a series type, without deltaTime, in `mem`. False: its element type is unknown. */
bool event_types_series_fields(const struct event_types *types, struct pryv_arena *mem, struct pryv_str type,
                               struct pryv_series_field **out, size_t *count);

#endif
