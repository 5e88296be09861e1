/* broken_page.h - events_page on top of the example's sessions: as it should be, and with faults. */
#ifndef BROKEN_PAGE_H
#define BROKEN_PAGE_H

#include <pryv/storage.h>

/* `whole`: the functions of the example; they stay. */
void broken_page_begin(const struct pryv_storage_ops *whole);

enum pryv_rc page_right(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                        struct pryv_event **rows, size_t *count, struct pryv_err *err);
/* Begins with the first row, whatever is to be skipped. */
enum pryv_rc page_from_first(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                             struct pryv_event **rows, size_t *count, struct pryv_err *err);
/* A user who is not there has no events, and that is all. */
enum pryv_rc page_of_nobody(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                            struct pryv_event **rows, size_t *count, struct pryv_err *err);
/* Answers with rows that the thread which asked before was given, as a queue that mixes up who asked what. */
enum pryv_rc page_of_another(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                             struct pryv_event **rows, size_t *count, struct pryv_err *err);
/* Reads each row in a session of its own. */
enum pryv_rc page_row_by_row(void *self, struct pryv_arena *mem, struct pryv_str user_id, const struct pryv_event_query *query,
                             struct pryv_event **rows, size_t *count, struct pryv_err *err);

#endif
