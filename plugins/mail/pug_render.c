/* pug_render.c - a template and its variables as HTML. */
#include "pug_tree.h"
#include "text_buffer.h"

enum { TURNS_MAX = 10000 };

struct renderer {
    struct pryv_arena *mem;
    struct text_buffer out;
    int turns; /* of all loops together */
};

static void render_all(struct renderer *r, const struct pug *first, const struct scope *scope);

/* ---- Text ------------------------------------------------------------------------------------------ */

static void render_value(struct renderer *r, const struct expression *expression, bool raw, const struct scope *scope)
{
    struct value value = expression_value(r->mem, expression, scope);

    if (raw)
        text_add(&r->out, value_text(r->mem, &value));
    else
        text_add_escaped(&r->out, value_text(r->mem, &value));
}

static void render_pieces(struct renderer *r, const struct piece *piece, const struct scope *scope)
{
    for (; piece; piece = piece->next) {
        if (piece->expression)
            render_value(r, piece->expression, piece->raw, scope);
        else
            text_add(&r->out, piece->text);
    }
}

/* ---- Tags -------------------------------------------------------------------------------------------- */

static bool is_void(struct pryv_str name)
{
    static const char *const names[] = { "area",  "base", "br",   "col",   "embed",  "hr",    "img",
                                         "input", "link", "meta", "param", "source", "track", "wbr" };

    for (size_t i = 0; i < PRYV_COUNT(names); i++)
        if (pryv_str_equal(name, names[i]))
            return true;
    return false;
}

/* Classes of the head and of every attribute `class`, lists of names too. */
static struct pryv_str classes_of(struct renderer *r, const struct pug *tag, const struct scope *scope)
{
    struct pryv_str classes = tag->classes;

    for (const struct attribute *a = tag->attributes; a; a = a->next) {
        struct value value;
        size_t count;

        if (!pryv_str_equal(a->name, "class") || !a->value)
            continue;
        value = expression_value(r->mem, a->value, scope);
        count = value.kind == VALUE_LIST ? value.count : 1;
        for (size_t i = 0; i < count; i++) {
            const struct value *item = value.kind == VALUE_LIST ? &value.items[i] : &value;

            if (value_is_true(item))
                classes = pryv_format(r->mem, "%.*s%s%.*s", PRYV_STR_ARG(classes), classes.len ? " " : "",
                                      PRYV_STR_ARG(value_text(r->mem, item)));
        }
    }
    return classes;
}

/* false, null and undefined leave an attribute out. */
static void render_attribute(struct renderer *r, const struct attribute *attribute, const struct scope *scope)
{
    struct value value = attribute->value ? expression_value(r->mem, attribute->value, scope)
                                          : (struct value){ .kind = VALUE_BOOL, .truth = true };

    if (value.kind == VALUE_UNDEFINED || value.kind == VALUE_NULL || (value.kind == VALUE_BOOL && !value.truth))
        return;
    text_add_literal(&r->out, " ");
    text_add(&r->out, attribute->name);
    text_add_literal(&r->out, "=\"");
    if (value.kind == VALUE_BOOL)
        text_add(&r->out, attribute->name);
    else if (attribute->raw)
        text_add(&r->out, value_text(r->mem, &value));
    else
        text_add_escaped(&r->out, value_text(r->mem, &value));
    text_add_literal(&r->out, "\"");
}

static void render_tag(struct renderer *r, const struct pug *tag, const struct scope *scope)
{
    struct pryv_str classes = classes_of(r, tag, scope);

    text_add_literal(&r->out, "<");
    text_add(&r->out, tag->name);
    if (classes.len) {
        text_add_literal(&r->out, " class=\"");
        text_add_escaped(&r->out, classes);
        text_add_literal(&r->out, "\"");
    }
    for (const struct attribute *a = tag->attributes; a; a = a->next)
        if (!pryv_str_equal(a->name, "class"))
            render_attribute(r, a, scope);
    if (tag->closed) {
        text_add_literal(&r->out, "/>");
        return;
    }
    text_add_literal(&r->out, ">");
    if (is_void(tag->name))
        return;
    render_pieces(r, tag->pieces, scope);
    render_all(r, tag->children, scope);
    text_add_literal(&r->out, "</");
    text_add(&r->out, tag->name);
    text_add_literal(&r->out, ">");
}

/* ---- Conditions and loops ------------------------------------------------------------------------------ */

static void render_condition(struct renderer *r, const struct pug *node, const struct scope *scope)
{
    struct value value = expression_value(r->mem, node->expression, scope);

    if (value_is_true(&value) == (node->kind == PUG_IF))
        render_all(r, node->children, scope);
    else if (node->otherwise)
        render_all(r, node->otherwise, scope);
}

static void render_turn(struct renderer *r, const struct pug *node, struct value item, struct value index,
                        const struct scope *outer)
{
    struct scope counter = { .outer = outer, .name = node->index_name, .value = index };
    struct scope own = { .outer = node->index_name.data ? &counter : outer, .name = node->name, .value = item };

    if (r->turns++ < TURNS_MAX)
        render_all(r, node->children, &own);
    else
        r->out.full = true;
}

static void render_each(struct renderer *r, const struct pug *node, const struct scope *scope)
{
    struct value list = expression_value(r->mem, node->expression, scope);
    size_t done = 0;

    if (list.kind == VALUE_LIST)
        for (; done < list.count && !r->out.full; done++)
            render_turn(r, node, list.items[done], (struct value){ .kind = VALUE_NUMBER, .number = (double) done }, scope);
    if (done == 0 && node->otherwise)
        render_all(r, node->otherwise, scope);
}

/* ---- All -------------------------------------------------------------------------------------------------- */

static void render_one(struct renderer *r, const struct pug *node, const struct scope *scope)
{
    switch (node->kind) {
    case PUG_TEXT:
    case PUG_HTML: render_pieces(r, node->pieces, scope); break;
    case PUG_TAG: render_tag(r, node, scope); break;
    case PUG_VALUE: render_value(r, node->expression, node->raw, scope); break;
    case PUG_IF:
    case PUG_UNLESS: render_condition(r, node, scope); break;
    case PUG_EACH: render_each(r, node, scope); break;
    case PUG_GROUP: render_all(r, node->children, scope); break;
    case PUG_DOCTYPE:
        text_add_literal(&r->out, "<!DOCTYPE ");
        text_add(&r->out, node->name);
        text_add_literal(&r->out, ">");
        break;
    case PUG_COMMENT:
        text_add_literal(&r->out, "<!--");
        text_add(&r->out, node->name);
        render_all(r, node->children, scope);
        text_add_literal(&r->out, "-->");
        break;
    }
}

/* Lines of one kind of text after each other keep the end of line between them. */
static bool is_text_after(const struct pug *node, const struct pug *before)
{
    return before && before->kind == node->kind && (node->kind == PUG_TEXT || node->kind == PUG_HTML);
}

static void render_all(struct renderer *r, const struct pug *first, const struct scope *scope)
{
    const struct pug *before = NULL;

    if (first && first->kind == PUG_GROUP && !first->next)
        first = first->children;
    for (const struct pug *node = first; node && !r->out.full; node = node->next) {
        if (is_text_after(node, before))
            text_add_literal(&r->out, "\n");
        render_one(r, node, scope);
        before = node;
    }
}

enum pryv_rc pug_render(struct pryv_arena *mem, const struct pug *template, const json_t *variables, struct pryv_str *out,
                        struct pryv_err *err)
{
    struct renderer r = { .mem = mem, .out = { .mem = mem } };
    struct scope scope = { .variables = variables };

    render_all(&r, template, &scope);
    if (r.out.full)
        return pryv_fail(err, PRYV_FAILED, "a mail grows larger than %d bytes, or its loops turn more than %d times",
                         TEXT_BUFFER_MAX, TURNS_MAX);
    *out = text_of(&r.out);
    return PRYV_OK;
}
