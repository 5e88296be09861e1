/* used.h - which fields of its type a reading has values of: they are told before the points. */
#ifndef HFS_USED_H
#define HFS_USED_H

#include "rows.h"

/* Fills `used`, `any` and `first` of the reading; then `rows` are at the beginning again. */
PRYV_CHECK enum pryv_rc used_find(struct reading *r, struct rows *rows, struct pryv_err *err);

#endif
