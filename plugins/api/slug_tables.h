/* slug_tables.h - the tables of slug.c, in a form that is short to read: what it becomes, and from which characters. UTF-8. */
#ifndef API_SLUG_TABLES_H
#define API_SLUG_TABLES_H

#include <stddef.h>

struct slug_group {
    const char *to;
    const char *from;
};

/* Both ended by NULL. */
extern const struct slug_group slug_characters[];
extern const struct slug_group slug_sequences[];

#endif
