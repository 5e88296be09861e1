/* pug_parse.c - templates as trees: line by line, what is indented more is inside. */
#include "pug_line.h"

enum { SOURCE_MAX = 256 * 1024, DEPTH_MAX = 60 };

struct open_block {
    struct pug *node;
    size_t indent;
};

static struct pug *new_node(struct parser *p, enum pug_kind kind)
{
    struct pug *node = pryv_new(p->mem, struct pug);

    node->kind = kind;
    return node;
}

static void append(struct pug *parent, struct pug *node)
{
    if (parent->last)
        parent->last->next = node;
    else
        parent->children = node;
    parent->last = node;
}

/* ---- Expressions and text ----------------------------------------------------------------------------- */

static const struct expression *take_expression(struct parser *p, struct line *line)
{
    const struct expression *e = NULL;
    struct pryv_err err = PRYV_ERR(p->mem);
    size_t used = 0;

    if (expression_parse(p->mem, line_rest(line), &e, &used, &err) != PRYV_OK)
        pug_fail(p, err.message);
    line->at += used;
    return e;
}

/* The whole rest of the line. */
static const struct expression *last_expression(struct parser *p, struct line *line)
{
    const struct expression *e = take_expression(p, line);

    while (line_peek(line) == ' ')
        line->at++;
    if (line->at < line->text.len)
        pug_fail(p, "something is left after an expression");
    return e;
}

static const struct piece **add_piece(struct parser *p, const struct piece **end, struct piece piece)
{
    struct piece *copy = pryv_new(p->mem, struct piece);

    *copy = piece;
    *end = copy;
    return &copy->next;
}

/* #{escaped}, !{raw}, \#{as it is}. */
static const struct piece *pieces_of(struct parser *p, struct pryv_str text)
{
    const struct piece *first = NULL, **end = &first;
    struct line line = { .text = text };
    size_t from = 0;

    while (!p->failed && line.at < text.len) {
        struct pryv_str rest = line_rest(&line);
        bool raw = pryv_str_starts(rest, "!{"), kept = pryv_str_starts(rest, "\\#{") || pryv_str_starts(rest, "\\!{");

        if (!raw && !kept && !pryv_str_starts(rest, "#{")) {
            line.at++;
            continue;
        }
        if (line.at > from)
            end = add_piece(p, end, (struct piece){ .text = pryv_str_n(text.data + from, line.at - from) });
        if (kept) {
            from = line.at + 1;
            line.at += 3;
            continue;
        }
        line.at += 2;
        end = add_piece(p, end, (struct piece){ .expression = take_expression(p, &line), .raw = raw });
        while (line_peek(&line) == ' ')
            line.at++;
        if (line_peek(&line) != '}')
            pug_fail(p, "`}` is missing");
        from = ++line.at;
    }
    if (from < text.len)
        (void) add_piece(p, end, (struct piece){ .text = pryv_str_n(text.data + from, text.len - from) });
    return first;
}

/* ---- Tags ------------------------------------------------------------------------------------------------ */

/* Attributes may go on over several lines: these are joined first. */
static bool join_until_closed(struct parser *p, struct line *line)
{
    for (;;) {
        int depth = 0;
        char quote = '\0';
        struct line more;

        for (size_t i = line->at; i < line->text.len; i++) {
            char c = line->text.data[i];

            if (quote)
                quote = c == quote && line->text.data[i - 1] != '\\' ? '\0' : quote;
            else if (c == '"' || c == '\'' || c == '`')
                quote = c;
            else if (c == '(')
                depth++;
            else if (c == ')' && --depth == 0)
                return true;
        }
        if (!line_next(p, &more))
            return pug_fail(p, "`)` is missing");
        line->text = pryv_format(p->mem, "%.*s %.*s", PRYV_STR_ARG(line->text), PRYV_STR_ARG(more.text));
    }
}

static void skip_separators(struct line *line)
{
    while (line_peek(line) == ' ' || line_peek(line) == ',' || line_peek(line) == '\t')
        line->at++;
}

static struct pryv_str attribute_name(struct line *line)
{
    char quote = line_peek(line) == '"' || line_peek(line) == '\'' ? line_peek(line) : '\0';
    size_t from = line->at += quote != '\0';

    while (line_peek(line) &&
           (quote ? line_peek(line) != quote : is_name_part(line_peek(line)) || strchr(":@.", line_peek(line))))
        line->at++;

    struct pryv_str name = pryv_str_n(line->text.data + from, line->at - from);

    line->at += quote && line_peek(line) == quote;
    return name;
}

static void add_attribute(struct pug *tag, struct attribute *attribute)
{
    struct attribute **end = &tag->attributes;

    while (*end)
        end = &(*end)->next;
    *end = attribute;
}

static void take_attribute(struct parser *p, struct line *line, struct pug *tag)
{
    struct attribute *attribute = pryv_new(p->mem, struct attribute);

    attribute->name = attribute_name(line);
    if (!attribute->name.len) {
        pug_fail(p, "an attribute has no name");
        return;
    }
    while (line_peek(line) == ' ')
        line->at++;
    attribute->raw = pryv_str_starts(line_rest(line), "!=");
    line->at += attribute->raw;
    if (line_peek(line) == '=') {
        line->at++;
        attribute->value = take_expression(p, line);
    }
    add_attribute(tag, attribute);
}

static void take_attributes(struct parser *p, struct line *line, struct pug *tag)
{
    if (!join_until_closed(p, line))
        return;
    line->at++;
    for (skip_separators(line); !p->failed && line_peek(line) != ')'; skip_separators(line))
        take_attribute(p, line, tag);
    line->at++;
}

static void add_class(struct parser *p, struct pug *tag, struct pryv_str name)
{
    tag->classes = tag->classes.data ? pryv_format(p->mem, "%.*s %.*s", PRYV_STR_ARG(tag->classes), PRYV_STR_ARG(name)) : name;
}

static void add_id(struct parser *p, struct pug *tag, struct pryv_str name)
{
    struct attribute *attribute = pryv_new(p->mem, struct attribute);
    struct pryv_str source = pryv_format(p->mem, "\"%.*s\"", PRYV_STR_ARG(name));
    size_t used;

    attribute->name = PRYV_STR("id");
    if (expression_parse(p->mem, source, &attribute->value, &used, p->err) == PRYV_OK)
        add_attribute(tag, attribute);
}

/* Reads one line into nodes of `parent`; answers the node that what is indented more belongs to, or NULL: there is none. */
static struct pug *statement(struct parser *p, struct line *line, struct pug *parent);

/* .class #id (attributes), in any order. */
static void take_head(struct parser *p, struct line *line, struct pug *tag)
{
    while (!p->failed) {
        char c = line_peek(line);

        if ((c == '.' || c == '#') && line->at + 1 < line->text.len && is_name_part(line->text.data[line->at + 1])) {
            line->at++;
            if (c == '.')
                add_class(p, tag, line_take_name(line));
            else
                add_id(p, tag, line_take_name(line));
        } else if (c == '(')
            take_attributes(p, line, tag);
        else
            return;
    }
}

/* Lines below a dot are text, however they look. */
static void take_text_block(struct parser *p, struct line *line, struct pug *tag)
{
    struct line more;
    size_t indent = 0;
    bool first = true;

    while (!p->failed && line_after(p, &more) && more.indent > line->indent) {
        struct pug *text = new_node(p, PUG_TEXT);
        struct pryv_str whole;

        (void) line_next(p, &more);
        if (first)
            indent = more.indent;
        first = false;
        whole = more.indent > indent ? pryv_str_n(more.text.data - (more.indent - indent), more.text.len + more.indent - indent)
                                     : more.text;
        text->pieces = pieces_of(p, whole);
        append(tag, text);
    }
}

/* What follows the head of a tag: the node that what is indented more belongs to. */
static struct pug *take_rest(struct parser *p, struct line *line, struct pug *tag)
{
    struct pryv_str rest = line_rest(line);

    if (rest.len == 0)
        return tag;
    if (pryv_str_equal(rest, ".")) {
        take_text_block(p, line, tag);
        return tag;
    }
    if (pryv_str_starts(rest, ": ")) {
        line->at += 2;
        while (line_peek(line) == ' ')
            line->at++;
        return statement(p, line, tag);
    }
    if (*rest.data == '=' || pryv_str_starts(rest, "!=")) {
        struct pug *value = new_node(p, PUG_VALUE);

        value->raw = *rest.data == '!';
        line->at += value->raw ? 2 : 1;
        value->expression = last_expression(p, line);
        append(tag, value);
        return tag;
    }
    if (*rest.data != ' ') {
        pug_fail(p, "a tag has a sign that is not understood");
        return tag;
    }
    tag->pieces = pieces_of(p, pryv_str_n(rest.data + 1, rest.len - 1));
    return tag;
}

static struct pug *take_tag(struct parser *p, struct line *line)
{
    struct pug *tag = new_node(p, PUG_TAG);
    struct pryv_str name = line_take_name(line);

    while (line_peek(line) == ':' && line->at + 1 < line->text.len && is_name_part(line->text.data[line->at + 1])) {
        struct pryv_str more;

        line->at++;
        more = line_take_name(line);
        name = pryv_format(p->mem, "%.*s:%.*s", PRYV_STR_ARG(name), PRYV_STR_ARG(more));
    }
    tag->name = name.len ? name : PRYV_STR("div");
    take_head(p, line, tag);
    if (line_peek(line) == '/') {
        tag->closed = true;
        line->at++;
    }
    return tag;
}

/* ---- Statements ---------------------------------------------------------------------------------------- */

static void skip_block(struct parser *p, const struct line *line)
{
    struct line more;

    while (line_after(p, &more) && more.indent > line->indent)
        (void) line_next(p, &more);
}

static struct pug *with_expression(struct parser *p, struct line *line, struct pug *parent, enum pug_kind kind)
{
    struct pug *node = new_node(p, kind);

    node->expression = last_expression(p, line);
    append(parent, node);
    return node;
}

/* Behind the last of if, else if, unless or each. */
static struct pug *take_else(struct parser *p, struct line *line, struct pug *parent)
{
    struct pug *before = parent->last, *node;
    bool condition;

    while (before && before->otherwise)
        before = before->otherwise;
    if (!before || (before->kind != PUG_IF && before->kind != PUG_UNLESS && before->kind != PUG_EACH)) {
        pug_fail(p, "`else` without `if`");
        return NULL;
    }
    condition = line_take_word(line, "if");
    node = new_node(p, condition ? PUG_IF : PUG_GROUP);
    if (condition)
        node->expression = last_expression(p, line);
    before->otherwise = node;
    return node;
}

static struct pug *take_each(struct parser *p, struct line *line, struct pug *parent)
{
    struct pug *node = new_node(p, PUG_EACH);

    node->name = line_take_name(line);
    skip_separators(line);
    if (!line_take_word(line, "in")) {
        node->index_name = line_take_name(line);
        skip_separators(line);
        if (!line_take_word(line, "in"))
            pug_fail(p, "expected `each name in list`");
    }
    if (!node->name.len)
        pug_fail(p, "expected `each name in list`");
    node->expression = last_expression(p, line);
    append(parent, node);
    return node;
}

static struct pug *take_text(struct parser *p, struct line *line, struct pug *parent, enum pug_kind kind)
{
    struct pug *node = new_node(p, kind);

    node->pieces = pieces_of(p, line_rest(line));
    append(parent, node);
    return NULL;
}

static struct pug *take_comment(struct parser *p, struct line *line, struct pug *parent)
{
    struct pug *node = new_node(p, PUG_COMMENT);

    if (pryv_str_starts(line->text, "//-")) {
        skip_block(p, line);
        return NULL;
    }
    node->name = pryv_str_n(line->text.data + 2, line->text.len - 2);
    take_text_block(p, line, node);
    append(parent, node);
    return NULL;
}

static bool is_refused(struct line *line)
{
    static const char *const words[] = { "include", "extends", "block", "append",  "prepend",
                                         "mixin",   "case",    "when",  "default", "while" };

    for (size_t i = 0; i < PRYV_COUNT(words); i++)
        if (line_take_word(line, words[i]))
            return true;
    return strchr("-+:&", line_peek(line)) != NULL;
}

static struct pug *statement(struct parser *p, struct line *line, struct pug *parent)
{
    struct pryv_str rest = line_rest(line);

    if (!rest.len) {
        pug_fail(p, "nothing follows the colon");
        return NULL;
    }
    if (pryv_str_starts(rest, "//"))
        return take_comment(p, line, parent);
    if (*rest.data == '<')
        return take_text(p, line, parent, PUG_HTML);
    if (*rest.data == '|') {
        line->at += rest.len > 1 && rest.data[1] == ' ' ? 2 : 1;
        return take_text(p, line, parent, PUG_TEXT);
    }
    if (*rest.data == '=' || pryv_str_starts(rest, "!=")) {
        bool raw = *rest.data == '!';
        struct pug *value;

        line->at += raw ? 2 : 1;
        value = with_expression(p, line, parent, PUG_VALUE);
        value->raw = raw;
        return NULL;
    }
    if (line_take_word(line, "if"))
        return with_expression(p, line, parent, PUG_IF);
    if (line_take_word(line, "unless"))
        return with_expression(p, line, parent, PUG_UNLESS);
    if (line_take_word(line, "else"))
        return take_else(p, line, parent);
    if (line_take_word(line, "each") || line_take_word(line, "for"))
        return take_each(p, line, parent);
    if (line_take_word(line, "doctype")) {
        struct pug *node = new_node(p, PUG_DOCTYPE);

        node->name = line->at < line->text.len ? line_rest(line) : PRYV_STR("html");
        append(parent, node);
        return NULL;
    }
    if (is_refused(line)) {
        pug_fail(p, "this part of Pug is not understood");
        return NULL;
    }
    if (!is_name_part(line_peek(line)) && line_peek(line) != '.' && line_peek(line) != '#') {
        pug_fail(p, "the line begins with a sign that is not understood");
        return NULL;
    }

    struct pug *tag = take_tag(p, line);

    append(parent, tag);
    return take_rest(p, line, tag);
}

/* ---- Blocks ---------------------------------------------------------------------------------------------- */

static struct pug *parse(struct parser *p)
{
    struct pug *root = new_node(p, PUG_GROUP);
    struct open_block blocks[DEPTH_MAX] = { { .node = root } };
    size_t depth = 0; /* blocks[0] is the root, and has no indentation */
    struct line line;

    while (!p->failed && line_next(p, &line)) {
        while (depth > 0 && blocks[depth].indent >= line.indent)
            depth--;
        if (!blocks[depth].node)
            pug_fail(p, "nothing can be inside of the line above");
        else if (depth + 1 == DEPTH_MAX)
            pug_fail(p, "the template is nested too deep");
        else {
            struct pug *owner = statement(p, &line, blocks[depth].node);

            blocks[++depth] = (struct open_block){ owner, line.indent };
        }
    }
    return root;
}

enum pryv_rc pug_parse(struct pryv_arena *mem, struct pryv_str source, const struct pug **out, struct pryv_err *err)
{
    struct parser p = { .mem = mem, .err = err, .source = source };
    struct pug *root;

    if (source.len > SOURCE_MAX)
        return pryv_refuse(err, 400, "invalid-request-structure", NULL, "a template has at most %d bytes", SOURCE_MAX);
    root = parse(&p);
    if (p.failed)
        return PRYV_REFUSED;
    *out = root;
    return PRYV_OK;
}
