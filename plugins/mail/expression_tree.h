/* expression_tree.h - what expression_parse.c makes and expression_value.c walks. */
#ifndef MAIL_EXPRESSION_TREE_H
#define MAIL_EXPRESSION_TREE_H

#include "expression.h"

enum expression_kind {
    EXPRESSION_CONSTANT,
    EXPRESSION_NAME,
    EXPRESSION_LIST,
    EXPRESSION_MEMBER,
    EXPRESSION_NOT,
    EXPRESSION_MINUS,
    EXPRESSION_ADD,
    EXPRESSION_SUBTRACT,
    EXPRESSION_SAME,
    EXPRESSION_NOT_SAME,
    EXPRESSION_EQUAL,
    EXPRESSION_NOT_EQUAL,
    EXPRESSION_LESS,
    EXPRESSION_MORE,
    EXPRESSION_AT_MOST,
    EXPRESSION_AT_LEAST,
    EXPRESSION_AND,
    EXPRESSION_OR,
    EXPRESSION_CHOICE,
};

struct expression {
    enum expression_kind kind;
    struct value value;                 /* CONSTANT */
    struct pryv_str name;               /* NAME */
    const struct expression *a, *b, *c; /* operands */
    const struct expression **items;    /* LIST */
    size_t count;
};

extern const struct expression expression_nothing;

#endif
