/* pug_tree.h - what pug_parse.c makes and pug_render.c walks. */
#ifndef MAIL_PUG_TREE_H
#define MAIL_PUG_TREE_H

#include "expression.h"
#include "pug.h"

/* Text with expressions in it. */
struct piece {
    struct pryv_str text; /* as it is; absent: an expression */
    const struct expression *expression;
    bool raw; /* not escaped */
    const struct piece *next;
};

struct attribute {
    struct pryv_str name;
    const struct expression *value; /* NULL: the name alone */
    bool raw;
    struct attribute *next;
};

enum pug_kind {
    PUG_TEXT,  /* pieces */
    PUG_HTML,  /* pieces of a raw line */
    PUG_TAG,   /* name, classes, attributes, pieces, children */
    PUG_VALUE, /* expression */
    PUG_IF,    /* expression, children, otherwise */
    PUG_UNLESS,
    PUG_EACH,    /* name, index_name, expression, children, otherwise */
    PUG_COMMENT, /* pieces, children: an HTML comment */
    PUG_DOCTYPE, /* name */
    PUG_GROUP,   /* children alone: `else`, the root */
};

struct pug {
    enum pug_kind kind;
    struct pryv_str name, index_name;
    struct pryv_str classes; /* with blanks between */
    struct attribute *attributes;
    const struct piece *pieces;
    const struct expression *expression;
    bool raw;
    bool closed; /* a tag that ends itself: `img/` */
    struct pug *children, *last, *next;
    struct pug *otherwise;
};

#endif
