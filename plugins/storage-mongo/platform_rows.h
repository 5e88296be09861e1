/* platform_rows.h - the rows of names, fields and cores, as the functions of the platform share them. */
#ifndef STORAGE_MONGO_PLATFORM_ROWS_H
#define STORAGE_MONGO_PLATFORM_ROWS_H

#include "engine.h"

/* Keys of unique and indexed rows. */
struct pryv_str names_of_user(struct pryv_arena *mem, struct pryv_str username);
struct pryv_str names_of_ticket(struct pryv_arena *mem, struct pryv_str ticket);

/* 1: somebody has the value; 0: nobody, though `*there` tells whether a row is, of a reservation that has expired; negative: a pryv_rc. */
int name_owner(struct pryv_session *s, struct pryv_arena *mem, struct pryv_str field, struct pryv_str value,
               struct version *version, bool *there, struct unique_row *out, struct pryv_err *err);
enum pryv_rc name_put(struct pryv_session *s, const struct unique_row *row, const struct version *before, struct pryv_err *err);
/* Whoever may have had it before: that was looked at by the caller. */
enum pryv_rc name_replace(struct pryv_session *s, const struct unique_row *row, struct pryv_err *err);

/* Sets it, or takes it away where the value is absent. */
enum pryv_rc indexed_put(struct pryv_session *s, const struct indexed_row *row, struct pryv_err *err);
enum pryv_rc core_put(struct pryv_session *s, const struct core_row *row, struct pryv_err *err);

#endif
