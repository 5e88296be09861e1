/* event_series.h - the interface "series-events" (pryv/series_events.h). */
#ifndef API_EVENT_SERIES_H
#define API_EVENT_SERIES_H

#include <pryv/series_events.h>

extern const struct pryv_series_events_ops series_events_ops;

#endif
