/* expression_parse.c - expressions of templates as trees: one function for each rank. */
#include "expression_tree.h"
#include <stdlib.h>

enum { DEPTH_MAX = 100, NODES_MAX = 2000 };

struct reader {
    struct pryv_arena *mem;
    struct pryv_err *err;
    struct pryv_str source;
    size_t at;
    int depth, nodes;
    bool failed;
};

static const struct expression *choice(struct reader *r);

/* ---- Small things ------------------------------------------------------------------------------ */

static const struct expression *fail(struct reader *r, const char *reason)
{
    if (!r->failed)
        (void) pryv_refuse(r->err, 400, "invalid-request-structure", NULL, "%s", reason);
    r->failed = true;
    return &expression_nothing;
}

static char peek(const struct reader *r, size_t ahead)
{
    return r->at + ahead < r->source.len ? r->source.data[r->at + ahead] : '\0';
}

static void skip_blanks(struct reader *r)
{
    while (peek(r, 0) == ' ' || peek(r, 0) == '\t' || peek(r, 0) == '\n' || peek(r, 0) == '\r')
        r->at++;
}

static bool take(struct reader *r, const char *sign)
{
    size_t len = strlen(sign);

    skip_blanks(r);
    if (r->source.len - r->at < len || memcmp(r->source.data + r->at, sign, len) != 0)
        return false;
    r->at += len;
    return true;
}

static struct expression *node(struct reader *r, enum expression_kind kind)
{
    struct expression *e = pryv_new(r->mem, struct expression);

    if (++r->nodes > NODES_MAX)
        (void) fail(r, "an expression is too long");
    e->kind = kind;
    return e;
}

static const struct expression *pair(struct reader *r, enum expression_kind kind, const struct expression *a,
                                     const struct expression *b)
{
    struct expression *e = node(r, kind);

    e->a = a;
    e->b = b;
    return e;
}

static const struct expression *constant(struct reader *r, struct value value)
{
    struct expression *e = node(r, EXPRESSION_CONSTANT);

    e->value = value;
    return e;
}

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

static struct pryv_str word(struct reader *r)
{
    size_t from = r->at;

    while (is_word_start(peek(r, 0)) || (r->at > from && peek(r, 0) >= '0' && peek(r, 0) <= '9'))
        r->at++;
    return pryv_str_n(r->source.data + from, r->at - from);
}

/* ---- Texts ---------------------------------------------------------------------------------------- */

static char escaped(char c)
{
    return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
}

static const struct expression *plain_text(struct reader *r, char quote)
{
    char *text = pryv_alloc(r->mem, r->source.len - r->at + 1);
    size_t n = 0;

    while (peek(r, 0) && peek(r, 0) != quote) {
        bool is_escape = peek(r, 0) == '\\' && peek(r, 1);

        text[n++] = is_escape ? escaped(peek(r, 1)) : peek(r, 0);
        r->at += is_escape ? 2 : 1;
    }
    if (!peek(r, 0))
        return fail(r, "a text does not end");
    r->at++;
    return constant(r, (struct value){ .kind = VALUE_TEXT, .text = pryv_str_n(text, n) });
}

static const struct expression *literal_piece(struct reader *r, size_t from)
{
    return constant(r, (struct value){ .kind = VALUE_TEXT, .text = pryv_str_n(r->source.data + from, r->at - from) });
}

/* `one ${expression} two`: pieces that are added. */
static const struct expression *template_literal(struct reader *r)
{
    const struct expression *whole = constant(r, (struct value){ .kind = VALUE_TEXT, .text = PRYV_STR("") });
    size_t from = r->at;

    while (!r->failed && peek(r, 0) && peek(r, 0) != '`') {
        if (peek(r, 0) != '$' || peek(r, 1) != '{') {
            r->at++;
            continue;
        }
        whole = pair(r, EXPRESSION_ADD, whole, literal_piece(r, from));
        r->at += 2;
        whole = pair(r, EXPRESSION_ADD, whole, choice(r));
        if (!take(r, "}"))
            return fail(r, "`}` is missing after `${`");
        from = r->at;
    }
    if (!peek(r, 0))
        return fail(r, "a template literal does not end");
    whole = pair(r, EXPRESSION_ADD, whole, literal_piece(r, from));
    r->at++;
    return whole;
}

/* ---- Ranks, the tightest first ----------------------------------------------------------------------- */

static const struct expression *list(struct reader *r)
{
    struct expression *e = node(r, EXPRESSION_LIST);
    size_t room = 0;

    while (!r->failed && !take(r, "]")) {
        if (e->count == room) {
            const struct expression **items = pryv_new_array(r->mem, const struct expression *, room = room * 2 + 8);

            for (size_t i = 0; i < e->count; i++)
                items[i] = e->items[i];
            e->items = items;
        }
        e->items[e->count++] = choice(r);
        if (!take(r, ",") && peek(r, 0) != ']')
            return fail(r, "`]` is missing");
    }
    return e;
}

static const struct expression *name_or_word(struct reader *r)
{
    static const struct {
        const char *word;
        struct value value;
    } words[] = {
        { "true", { .kind = VALUE_BOOL, .truth = true } },
        { "false", { .kind = VALUE_BOOL } },
        { "null", { .kind = VALUE_NULL } },
        { "undefined", { .kind = VALUE_UNDEFINED } },
    };
    struct pryv_str name = word(r);
    struct expression *e;

    for (size_t i = 0; i < PRYV_COUNT(words); i++)
        if (pryv_str_equal(name, words[i].word))
            return constant(r, words[i].value);
    e = node(r, EXPRESSION_NAME);
    e->name = name;
    return e;
}

static const struct expression *number(struct reader *r)
{
    char *end;
    const char *text =
        pryv_cstr(r->mem, pryv_str_n(r->source.data + r->at, r->source.len - r->at < 40 ? r->source.len - r->at : 40));
    double value = strtod(text, &end);

    r->at += (size_t) (end - text);
    return constant(r, (struct value){ .kind = VALUE_NUMBER, .number = value });
}

static const struct expression *primary(struct reader *r)
{
    char c;

    skip_blanks(r);
    c = peek(r, 0);
    if (c == '"' || c == '\'') {
        r->at++;
        return plain_text(r, c);
    }
    if (take(r, "`"))
        return template_literal(r);
    if (take(r, "["))
        return list(r);
    if (c >= '0' && c <= '9')
        return number(r);
    if (is_word_start(c))
        return name_or_word(r);
    if (take(r, "(")) {
        const struct expression *inner = choice(r);

        return take(r, ")") ? inner : fail(r, "`)` is missing");
    }
    return fail(r, c ? "an expression has a sign that is not understood" : "an expression is missing");
}

static const struct expression *member(struct reader *r)
{
    const struct expression *e = primary(r);

    while (!r->failed) {
        if (peek(r, 0) == '.' && is_word_start(peek(r, 1))) {
            r->at++;
            e = pair(r, EXPRESSION_MEMBER, e, constant(r, (struct value){ .kind = VALUE_TEXT, .text = word(r) }));
        } else if (peek(r, 0) == '[') {
            r->at++;
            e = pair(r, EXPRESSION_MEMBER, e, choice(r));
            if (!take(r, "]"))
                return fail(r, "`]` is missing");
        } else if (peek(r, 0) == '(') {
            return fail(r, "functions cannot be called");
        } else
            break;
    }
    return e;
}

static const struct expression *unary(struct reader *r)
{
    skip_blanks(r);
    if (++r->depth > DEPTH_MAX)
        return fail(r, "an expression is nested too deep");

    const struct expression *e;

    if (peek(r, 0) == '!' && peek(r, 1) != '=') {
        r->at++;
        e = pair(r, EXPRESSION_NOT, unary(r), NULL);
    } else if (peek(r, 0) == '-') {
        r->at++;
        e = pair(r, EXPRESSION_MINUS, unary(r), NULL);
    } else
        e = member(r);
    r->depth--;
    return e;
}

static const struct expression *sum(struct reader *r)
{
    const struct expression *e = unary(r);

    for (;;) {
        if (take(r, "+"))
            e = pair(r, EXPRESSION_ADD, e, unary(r));
        else if (take(r, "-"))
            e = pair(r, EXPRESSION_SUBTRACT, e, unary(r));
        else
            return e;
    }
}

static const struct expression *comparison(struct reader *r)
{
    static const struct {
        const char *sign;
        enum expression_kind kind;
    } signs[] = {
        { "===", EXPRESSION_SAME },   { "!==", EXPRESSION_NOT_SAME }, { "==", EXPRESSION_EQUAL }, { "!=", EXPRESSION_NOT_EQUAL },
        { "<=", EXPRESSION_AT_MOST }, { ">=", EXPRESSION_AT_LEAST },  { "<", EXPRESSION_LESS },   { ">", EXPRESSION_MORE },
    };
    const struct expression *e = sum(r);

    for (size_t i = 0; i < PRYV_COUNT(signs); i++)
        if (take(r, signs[i].sign))
            return pair(r, signs[i].kind, e, sum(r));
    return e;
}

static const struct expression *all_of(struct reader *r)
{
    const struct expression *e = comparison(r);

    while (take(r, "&&"))
        e = pair(r, EXPRESSION_AND, e, comparison(r));
    return e;
}

static const struct expression *any_of(struct reader *r)
{
    const struct expression *e = all_of(r);

    while (take(r, "||"))
        e = pair(r, EXPRESSION_OR, e, all_of(r));
    return e;
}

static const struct expression *choice(struct reader *r)
{
    const struct expression *condition;
    struct expression *e;

    if (++r->depth > DEPTH_MAX)
        return fail(r, "an expression is nested too deep");
    condition = any_of(r);
    if (!r->failed && take(r, "?")) {
        e = node(r, EXPRESSION_CHOICE);
        e->a = condition;
        e->b = choice(r);
        if (!take(r, ":"))
            return fail(r, "`:` is missing after `?`");
        e->c = choice(r);
        condition = e;
    }
    r->depth--;
    return condition;
}

enum pryv_rc expression_parse(struct pryv_arena *mem, struct pryv_str source, const struct expression **out, size_t *used,
                              struct pryv_err *err)
{
    struct reader r = { .mem = mem, .err = err, .source = source };
    const struct expression *e = choice(&r);

    if (r.failed)
        return PRYV_REFUSED;
    *out = e;
    *used = r.at;
    return PRYV_OK;
}
