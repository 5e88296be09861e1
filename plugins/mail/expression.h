/* expression.h - the expressions of templates: a part of JavaScript that reads and combines values, and changes nothing.
 *
 * Names, texts, template literals, numbers, lists, true, false, null, undefined, members (a.b, a[b], length), ! - + comparisons && || ?: and
 * parentheses, with JavaScript's ranks. Memory: the arena.
 */
#ifndef MAIL_EXPRESSION_H
#define MAIL_EXPRESSION_H

#include <jansson.h>
#include <pryv/error.h>

struct expression;

enum value_kind { VALUE_UNDEFINED, VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_TEXT, VALUE_LIST, VALUE_OBJECT };

struct value {
    enum value_kind kind;
    bool truth;           /* BOOL */
    double number;        /* NUMBER */
    struct pryv_str text; /* TEXT */
    struct value *items;  /* LIST */
    size_t count;
    const json_t *object; /* OBJECT: borrowed */
};

/* Names in sight, the innermost first. */
struct scope {
    const struct scope *outer;
    struct pryv_str name; /* with `value`; else `variables` */
    struct value value;
    const json_t *variables; /* of the outermost scope */
};

/* The longest expression at the beginning of `source`; `*used`: its bytes. Errors: PRYV_REFUSED with the reason. */
PRYV_CHECK enum pryv_rc expression_parse(struct pryv_arena *mem, struct pryv_str source, const struct expression **out,
                                         size_t *used, struct pryv_err *err);
struct value expression_value(struct pryv_arena *mem, const struct expression *expression, const struct scope *scope);

bool value_is_true(const struct value *value);
/* What is written of it: nothing of undefined and null; lists with commas between. */
struct pryv_str value_text(struct pryv_arena *mem, const struct value *value);

#endif
