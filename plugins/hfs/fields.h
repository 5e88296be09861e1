/* fields.h - flatJSON, checked by the fields of an event's type, as columns.
 *
 * Memory   All lives in `mem`; numbers and texts may be those of `flat`. Executor.
 */
#ifndef HFS_FIELDS_H
#define HFS_FIELDS_H

#include "body.h"
#include <pryv/series.h>
#include <pryv/series_events.h>

/* The checks of flatJSON in their order. `event_time`: what timestamps count from. `out->times` are as given: neither sorted nor without doubles; columns
 * without any value are left out. Errors: PRYV_REFUSED 400 invalid-request-structure. */
PRYV_CHECK enum pryv_rc fields_read(struct pryv_arena *mem, const struct flat *flat, const struct pryv_series_field *fields,
                                    size_t field_count, double event_time, struct pryv_series_points *out, struct pryv_err *err);

#endif
