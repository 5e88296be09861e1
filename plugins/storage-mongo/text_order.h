/* text_order.h - the order of texts. */
#ifndef STORAGE_MONGO_TEXT_ORDER_H
#define STORAGE_MONGO_TEXT_ORDER_H

#include <pryv/arena.h>

/* By bytes; of two that begin alike the shorter is first. */
static inline int compare_texts(struct pryv_str a, struct pryv_str b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len ? memcmp(a.data, b.data, len) : 0;

    return order || a.len == b.len ? order : a.len < b.len ? -1 : 1;
}

#endif
