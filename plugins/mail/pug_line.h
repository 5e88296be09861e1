/* pug_line.h - what pug_parse.c reads a template by: its lines, and words at their beginning. */
#ifndef MAIL_PUG_LINE_H
#define MAIL_PUG_LINE_H

#include "pug_tree.h"

struct parser {
    struct pryv_arena *mem;
    struct pryv_err *err;
    struct pryv_str source;
    size_t at; /* the beginning of the line that is read next */
    int line;
    bool failed;
};

/* A line without its indentation and end; `at` moves as it is read. */
struct line {
    struct pryv_str text;
    size_t indent;
    size_t at;
};

/* The template is wrong, in the line that was read last; the first reason counts. Always false. */
bool pug_fail(struct parser *p, const char *reason);

/* The next line that is not blank. False: there is none. */
bool line_next(struct parser *p, struct line *out);
/* The same without taking it. */
bool line_after(struct parser *p, struct line *out);

char line_peek(const struct line *line); /* NUL at the end */
struct pryv_str line_rest(const struct line *line);
/* `word` and a blank, or the end; and the blanks after it. */
bool line_take_word(struct line *line, const char *word);
/* Letters, digits, hyphens and underscores. */
bool is_name_part(char c);
/* As many of them as there are. */
struct pryv_str line_take_name(struct line *line);

#endif
