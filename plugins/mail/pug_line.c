/* pug_line.c - see pug_line.h. */
#include "pug_line.h"

bool pug_fail(struct parser *p, const char *reason)
{
    if (!p->failed)
        (void) pryv_refuse(p->err, 400, "invalid-request-structure", NULL, "line %d of the template: %s", p->line, reason);
    p->failed = true;
    return false;
}

bool line_next(struct parser *p, struct line *out)
{
    while (p->at < p->source.len) {
        const char *begin = p->source.data + p->at;
        const char *end = memchr(begin, '\n', p->source.len - p->at);
        size_t len = end ? (size_t) (end - begin) : p->source.len - p->at, indent = 0, stop;

        p->line++;
        p->at += len + (end != NULL);
        while (indent < len && (begin[indent] == ' ' || begin[indent] == '\t'))
            indent++;
        for (stop = len; stop > indent && begin[stop - 1] == '\r'; stop--)
            ;
        if (stop == indent)
            continue;
        *out = (struct line){ .text = pryv_str_n(begin + indent, stop - indent), .indent = indent };
        return true;
    }
    return false;
}

bool line_after(struct parser *p, struct line *out)
{
    struct parser copy = *p;

    return line_next(&copy, out);
}

char line_peek(const struct line *line)
{
    return line->at < line->text.len ? line->text.data[line->at] : '\0';
}

struct pryv_str line_rest(const struct line *line)
{
    return pryv_str_n(line->text.data + line->at, line->text.len - line->at);
}

bool line_take_word(struct line *line, const char *word)
{
    size_t len = strlen(word);
    struct pryv_str rest = line_rest(line);

    if (!pryv_str_starts(rest, word) || (rest.len > len && rest.data[len] != ' ' && rest.data[len] != '('))
        return false;
    line->at += len;
    while (line_peek(line) == ' ')
        line->at++;
    return true;
}

bool is_name_part(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

struct pryv_str line_take_name(struct line *line)
{
    size_t from = line->at;

    while (is_name_part(line_peek(line)))
        line->at++;
    return pryv_str_n(line->text.data + from, line->at - from);
}
