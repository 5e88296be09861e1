/* html_text.c - see html_text.h. For HTML that our templates make; any other gives some text, never a fault. */
#include "html_text.h"
#include "text_buffer.h"
#include <strings.h>

struct walk {
    struct text_buffer out;
    struct pryv_str html;
    size_t at;
    struct pryv_str link; /* of the `a` that is open */
    size_t link_from;     /* where its words begin in `out` */
};

static bool is_one_of(struct pryv_str name, const char *const *names)
{
    for (; *names; names++)
        if (name.len == strlen(*names) && strncasecmp(name.data, *names, name.len) == 0)
            return true;
    return false;
}

static bool ends_with_line(const struct walk *w)
{
    return w->out.len == 0 || w->out.data[w->out.len - 1] == '\n';
}

static void end_line(struct walk *w)
{
    while (w->out.len && w->out.data[w->out.len - 1] == ' ')
        w->out.len--;
    if (!ends_with_line(w))
        text_add_literal(&w->out, "\n");
}

/* ---- Words ---------------------------------------------------------------------------------------- */

static bool take_entity(struct walk *w)
{
    static const struct {
        const char *entity, *text;
    } entities[] = {
        { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&#39;", "'" }, { "&nbsp;", " " }
    };

    for (size_t i = 0; i < PRYV_COUNT(entities); i++)
        if (pryv_str_starts(pryv_str_n(w->html.data + w->at, w->html.len - w->at), entities[i].entity)) {
            text_add(&w->out, pryv_str(entities[i].text));
            w->at += strlen(entities[i].entity);
            return true;
        }
    return false;
}

static void take_character(struct walk *w)
{
    char c = w->html.data[w->at];

    if (c == '&' && take_entity(w))
        return;
    w->at++;
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
        text_add(&w->out, pryv_str_n(&c, 1));
    else if (!ends_with_line(w) && w->out.data[w->out.len - 1] != ' ')
        text_add_literal(&w->out, " ");
}

/* ---- Tags ------------------------------------------------------------------------------------------- */

static struct pryv_str href_of(struct pryv_str tag)
{
    for (size_t i = 0; i + 6 < tag.len; i++) {
        const char *end;

        if (strncasecmp(tag.data + i, "href=\"", 6) != 0)
            continue;
        end = memchr(tag.data + i + 6, '"', tag.len - i - 6);
        return end ? pryv_str_n(tag.data + i + 6, (size_t) (end - tag.data) - i - 6) : PRYV_STR_NONE;
    }
    return PRYV_STR_NONE;
}

/* The address is told unless the words are it already. */
static void end_link(struct walk *w)
{
    struct text_buffer address = { .mem = w->out.mem };
    struct walk inner = { .out = address, .html = w->link };
    struct pryv_str words, plain;

    if (!w->link.len || w->out.len <= w->link_from)
        return;
    words = pryv_str_n(w->out.data + w->link_from, w->out.len - w->link_from);
    while (inner.at < inner.html.len)
        take_character(&inner);
    plain = text_of(&inner.out);
    if (pryv_str_starts(plain, "mailto:"))
        plain = pryv_str_n(plain.data + 7, plain.len - 7);
    if (!pryv_str_is(plain, words)) {
        text_add_literal(&w->out, " [");
        text_add(&w->out, plain);
        text_add_literal(&w->out, "]");
    }
    w->link = PRYV_STR_NONE;
}

static void skip_to_end_of(struct walk *w, struct pryv_str name)
{
    for (; w->at + name.len + 2 < w->html.len; w->at++)
        if (w->html.data[w->at] == '<' && w->html.data[w->at + 1] == '/' &&
            strncasecmp(w->html.data + w->at + 2, name.data, name.len) == 0)
            return;
    w->at = w->html.len;
}

static void take_tag(struct walk *w)
{
    static const char *const blocks[] = { "p",  "div", "h1", "h2", "h3",    "h4", "h5", "h6",
                                          "li", "ul",  "ol", "tr", "table", "br", "hr", NULL };
    static const char *const unseen[] = { "head", "style", "script", "title", NULL };
    const char *begin = w->html.data + w->at + 1;
    const char *end = memchr(begin, '>', w->html.len - w->at - 1);
    bool closes = end && *begin == '/';
    struct pryv_str name = { begin + closes, 0 };

    if (!end) {
        w->at = w->html.len;
        return;
    }
    while (name.data + name.len < end &&
           ((name.data[name.len] | 32) >= 'a' || (name.data[name.len] >= '0' && name.data[name.len] <= '9')))
        name.len++;
    w->at = (size_t) (end - w->html.data) + 1;
    if (!closes && is_one_of(name, unseen))
        skip_to_end_of(w, name);
    else if (is_one_of(name, blocks))
        end_line(w);
    else if (name.len == 1 && (*name.data | 32) == 'a' && closes)
        end_link(w);
    else if (name.len == 1 && (*name.data | 32) == 'a') {
        w->link = href_of(pryv_str_n(begin, (size_t) (end - begin)));
        w->link_from = w->out.len;
    }
}

/* `<` before anything but a name is a sign like others. */
static bool begins_tag(const struct walk *w)
{
    char next = w->at + 1 < w->html.len ? w->html.data[w->at + 1] : '\0';

    return w->html.data[w->at] == '<' && (next == '/' || next == '!' || ((next | 32) >= 'a' && (next | 32) <= 'z'));
}

struct pryv_str html_text(struct pryv_arena *mem, struct pryv_str html)
{
    struct walk w = { .out = { .mem = mem }, .html = html };

    while (w.at < html.len && !w.out.full) {
        if (begins_tag(&w))
            take_tag(&w);
        else
            take_character(&w);
    }
    end_line(&w);
    return text_of(&w.out);
}
