/* route.c - see route.h. Finding walks down the trie, which is no deeper than the longest pattern, and never visits a node
 * twice: a path, however long, costs no more than the patterns that begin like it. */
#include "route.h"
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct endpoint {
    struct endpoint *next;
    char *verb;
    void *target;
    size_t name_count;
    struct pryv_str names[ROUTE_MAX_VARIABLES];
    char *texts[ROUTE_MAX_VARIABLES]; /* of the names */
};

struct node {
    struct node *next; /* the next literal of the same parent */
    struct node *literals;
    struct node *variable;
    struct endpoint *here; /* where the path ends */
    struct endpoint *rest; /* takes whatever follows */
    size_t len;
    char text[];
};

struct route_trie {
    struct node *root;
};

static void *must(void *memory)
{
    if (!memory) {
        fputs("pryvd: out of memory\n", stderr);
        abort();
    }
    return memory;
}

/* ---- Life ----------------------------------------------------------------------------------- */

static struct node *node_new(struct pryv_str text)
{
    struct node *node = must(calloc(1, sizeof(*node) + text.len));

    node->len = text.len;
    if (text.len)
        memcpy(node->text, text.data, text.len);
    return node;
}

static void endpoints_free(struct endpoint *endpoint)
{
    while (endpoint) {
        struct endpoint *next = endpoint->next;

        for (size_t i = 0; i < endpoint->name_count; i++)
            free(endpoint->texts[i]);
        free(endpoint->verb);
        free(endpoint);
        endpoint = next;
    }
}

static void node_free(struct node *node)
{
    while (node) {
        struct node *next = node->next;

        node_free(node->literals);
        node_free(node->variable);
        endpoints_free(node->here);
        endpoints_free(node->rest);
        free(node);
        node = next;
    }
}

struct route_trie *route_trie_new(void)
{
    struct route_trie *trie = must(calloc(1, sizeof(*trie)));

    trie->root = node_new(PRYV_STR(""));
    return trie;
}

void route_trie_free(struct route_trie *trie)
{
    if (!trie)
        return;
    node_free(trie->root);
    free(trie);
}

/* ---- Walking -------------------------------------------------------------------------------- */

/* What is left of a path is "" or begins with a slash. */
static bool at_end(struct pryv_str left)
{
    return left.len == 0 || (left.len == 1 && left.data[0] == '/');
}

static struct pryv_str next_segment(struct pryv_str *left)
{
    const char *begin = left->data + 1;
    const char *end = left->data + left->len;
    const char *slash = memchr(begin, '/', (size_t) (end - begin));
    struct pryv_str segment = pryv_str_n(begin, (size_t) ((slash ? slash : end) - begin));

    *left = pryv_str_n(segment.data + segment.len, (size_t) (end - segment.data) - segment.len);
    return segment;
}

static struct node *literal_child(const struct node *node, struct pryv_str segment)
{
    for (struct node *child = node->literals; child; child = child->next)
        if (child->len == segment.len && strncasecmp(child->text, segment.data, segment.len) == 0)
            return child;
    return NULL;
}

/* ---- Adding --------------------------------------------------------------------------------- */

/* "{id}" and "{rest*}": the name between the brackets; absent for a literal. */
static struct pryv_str variable_name(struct pryv_str segment, bool *is_rest)
{
    if (segment.len < 3 || segment.data[0] != '{' || segment.data[segment.len - 1] != '}')
        return PRYV_STR_NONE;

    struct pryv_str name = pryv_str_n(segment.data + 1, segment.len - 2);

    *is_rest = name.data[name.len - 1] == '*';
    if (*is_rest)
        name.len--;
    return name.len ? name : PRYV_STR_NONE;
}

static struct node *add_literal(struct node *node, struct pryv_str segment)
{
    struct node *child = literal_child(node, segment);

    if (!child) {
        child = node_new(segment);
        child->next = node->literals;
        node->literals = child;
    }
    return child;
}

static struct node *add_variable(struct node *node)
{
    if (!node->variable)
        node->variable = node_new(PRYV_STR(""));
    return node->variable;
}

static bool has_verb(const struct endpoint *endpoint, const char *verb)
{
    for (; endpoint; endpoint = endpoint->next)
        if (strcmp(endpoint->verb, verb) == 0)
            return true;
    return false;
}

/* Where the pattern leads; its variables' names go to `endpoint`. NULL: it is no pattern. */
static struct endpoint **add_path(struct node *node, const char *pattern, struct endpoint *endpoint)
{
    struct pryv_str left = pryv_str(pattern);

    if (left.len == 0 || left.data[0] != '/')
        return NULL;
    while (!at_end(left)) {
        struct pryv_str segment = next_segment(&left);
        bool is_rest = false;
        struct pryv_str name = variable_name(segment, &is_rest);

        if (segment.len == 0 || (!name.data && memchr(segment.data, '{', segment.len)))
            return NULL;
        if (!name.data) {
            node = add_literal(node, segment);
            continue;
        }
        if (endpoint->name_count == ROUTE_MAX_VARIABLES)
            return NULL;
        endpoint->texts[endpoint->name_count] = pryv_str_dup(name);
        endpoint->names[endpoint->name_count] = pryv_str_n(endpoint->texts[endpoint->name_count], name.len);
        endpoint->name_count++;
        if (is_rest)
            return at_end(left) ? &node->rest : NULL;
        node = add_variable(node);
    }
    return &node->here;
}

enum pryv_rc route_add(struct route_trie *trie, const char *verb, const char *pattern, void *target, struct pryv_err *err)
{
    struct endpoint *endpoint = must(calloc(1, sizeof(*endpoint)));
    struct endpoint **list = add_path(trie->root, pattern, endpoint);

    endpoint->verb = must(strdup(verb));
    endpoint->target = target;
    if (!list || has_verb(*list, verb)) {
        endpoints_free(endpoint);
        return list ? pryv_conflict(err, "route", "the route %s %s is there already", verb, pattern)
                    : pryv_fail(err, PRYV_FAILED, "the route %s %s cannot be understood", verb, pattern);
    }
    endpoint->next = *list;
    *list = endpoint;
    return PRYV_OK;
}

/* ---- Finding -------------------------------------------------------------------------------- */

static const struct endpoint *with_verb(const struct endpoint *endpoint, struct pryv_str verb)
{
    for (; endpoint; endpoint = endpoint->next)
        if (pryv_str_equal(verb, endpoint->verb))
            return endpoint;
    return NULL;
}

static const struct endpoint *descend(const struct node *node, struct pryv_str verb, struct pryv_str left,
                                      struct route_match *match)
{
    const struct endpoint *found = at_end(left) ? with_verb(node->here, verb) : NULL;

    if (!found && !at_end(left)) {
        struct pryv_str after = left;
        struct pryv_str segment = next_segment(&after);
        const struct node *literal = segment.len ? literal_child(node, segment) : NULL;

        if (literal)
            found = descend(literal, verb, after, match);
        if (!found && segment.len && node->variable) {
            match->values[match->count++] = segment;
            found = descend(node->variable, verb, after, match);
            if (!found)
                match->count--;
        }
    }
    if (!found && (found = with_verb(node->rest, verb)))
        match->values[match->count++] = left.len ? pryv_str_n(left.data + 1, left.len - 1) : left;
    return found;
}

void *route_find(const struct route_trie *trie, struct pryv_str verb, struct pryv_str path, struct route_match *match)
{
    if (path.len == 0 || path.data[0] != '/')
        return NULL;
    if (pryv_str_equal(verb, "HEAD"))
        verb = PRYV_STR("GET");
    match->count = 0;

    const struct endpoint *endpoint = descend(trie->root, verb, path, match);

    if (!endpoint)
        return NULL;
    match->names = endpoint->names;
    return endpoint->target;
}
