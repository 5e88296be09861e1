/* broken_page.h - events_pages on top of the example's sessions: as it should be, and with faults. */
#ifndef BROKEN_PAGE_H
#define BROKEN_PAGE_H

#include <pryv/storage.h>

/* `whole`: the functions of the example; they stay. */
void broken_page_begin(const struct pryv_storage_ops *whole);

void page_right(void *self, struct pryv_events_page *pages, size_t count);
/* Begins with the first row, whatever is to be skipped. */
void page_from_first(void *self, struct pryv_events_page *pages, size_t count);
/* Answers with all deletions, however many are asked for. */
void page_deletions_unpaged(void *self, struct pryv_events_page *pages, size_t count);
/* A user who is not there has no events, and that is all. */
void page_of_nobody(void *self, struct pryv_events_page *pages, size_t count);
/* Answers with rows that the thread which asked before was given, as a queue that mixes up who asked what. */
void page_of_another(void *self, struct pryv_events_page *pages, size_t count);
/* Answers each page but the first with rows of the one before it. */
void page_of_neighbour(void *self, struct pryv_events_page *pages, size_t count);
/* Reads each row in a session of its own. */
void page_row_by_row(void *self, struct pryv_events_page *pages, size_t count);

#endif
