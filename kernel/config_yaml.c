/* config_yaml.c - a YAML document as a tree of settings, by libyaml's events; see config_tree.h for what is refused and why. */
#include "config_tree.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

enum { MAX_DEPTH = 32, MAX_NODES = 20000, MAX_FILE_BYTES = 4 * 1024 * 1024 };

struct reader {
    struct pryv_arena *mem;
    const char *name;
    yaml_parser_t parser;
    size_t nodes;
    struct pryv_err *err;
};

static enum pryv_rc read_node(struct reader *reader, yaml_event_t *event, int depth, const char *key, struct config_node **out);

static enum pryv_rc refuse_at(struct reader *reader, size_t line, const char *what)
{
    return pryv_refuse(reader->err, 400, NULL, NULL, "%s:%zu: %s", reader->name, line + 1, what);
}

static enum pryv_rc next_event(struct reader *reader, yaml_event_t *event)
{
    const yaml_parser_t *parser = &reader->parser;

    if (yaml_parser_parse(&reader->parser, event))
        return PRYV_OK;
    if (parser->error == YAML_READER_ERROR)
        return pryv_refuse(reader->err, 400, NULL, NULL, "%s: byte %zu: %s", reader->name, parser->problem_offset,
                           parser->problem ? parser->problem : "cannot be read");
    return refuse_at(reader, parser->problem_mark.line, parser->problem ? parser->problem : "not YAML");
}

static enum pryv_rc check_tag(struct reader *reader, const yaml_event_t *event, const yaml_char_t *tag, const char *allowed)
{
    if (!tag || strcmp((const char *) tag, allowed) == 0)
        return PRYV_OK;
    return refuse_at(reader, event->start_mark.line, "tags are not used here");
}

static enum pryv_rc read_scalar(struct reader *reader, const yaml_event_t *event, struct config_node *node)
{
    const char *text = (const char *) event->data.scalar.value;
    size_t len = event->data.scalar.length;
    enum pryv_rc rc = check_tag(reader, event, event->data.scalar.tag, YAML_STR_TAG);

    if (rc != PRYV_OK)
        return rc;
    if (memchr(text, '\0', len))
        return refuse_at(reader, event->start_mark.line, "a text with a NUL byte");
    node->text = pryv_cstr(reader->mem, pryv_str_n(text, len));
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || event->data.scalar.tag;
    return PRYV_OK;
}

static enum pryv_rc take_key(struct reader *reader, const struct config_node *map, const yaml_event_t *event, const char **out)
{
    size_t line = event->start_mark.line;

    if (event->type != YAML_SCALAR_EVENT)
        return refuse_at(reader, line, "a key must be a text");

    const char *text = (const char *) event->data.scalar.value;
    size_t len = event->data.scalar.length;

    if (len == 0 || memchr(text, '\0', len))
        return refuse_at(reader, line, "a key must not be empty");
    if (config_node_child(map, text, len))
        return pryv_refuse(reader->err, 400, NULL, NULL, "%s:%zu: the key \"%.*s\" is there already", reader->name, line + 1,
                           (int) len, text);
    *out = pryv_cstr(reader->mem, pryv_str_n(text, len));
    return PRYV_OK;
}

/* One key with its value, or one item of a list. *end: the map or list is over. */
static enum pryv_rc read_child(struct reader *reader, struct config_node *parent, int depth, struct config_node **out, bool *end)
{
    yaml_event_t event;
    const char *key = NULL;
    enum pryv_rc rc = next_event(reader, &event);

    if (rc != PRYV_OK)
        return rc;
    if (event.type == YAML_MAPPING_END_EVENT || event.type == YAML_SEQUENCE_END_EVENT) {
        *end = true;
    } else if (parent->kind == CONFIG_LIST) {
        rc = read_node(reader, &event, depth, NULL, out);
    } else if ((rc = take_key(reader, parent, &event, &key)) == PRYV_OK) {
        yaml_event_delete(&event);
        if ((rc = next_event(reader, &event)) != PRYV_OK)
            return rc;
        rc = read_node(reader, &event, depth, key, out);
    }
    yaml_event_delete(&event);
    return rc;
}

static enum pryv_rc read_children(struct reader *reader, struct config_node *parent, int depth)
{
    struct config_node **at = &parent->first;
    bool end = false;

    for (;;) {
        enum pryv_rc rc = read_child(reader, parent, depth, at, &end);

        if (rc != PRYV_OK || end)
            return rc;
        at = &(*at)->next;
    }
}

static enum pryv_rc read_node(struct reader *reader, yaml_event_t *event, int depth, const char *key, struct config_node **out)
{
    size_t line = event->start_mark.line;
    struct config_node *node =
        config_node_new(reader->mem, CONFIG_SCALAR, key, pryv_format(reader->mem, "%s:%zu", reader->name, line + 1).data);
    enum pryv_rc rc = PRYV_OK;

    if (event->type == YAML_ALIAS_EVENT)
        return refuse_at(reader, line, "aliases (*name) are not used here; quote a text that begins with *");
    if (depth > MAX_DEPTH)
        return refuse_at(reader, line, "nested too deep");
    if (++reader->nodes > MAX_NODES)
        return refuse_at(reader, line, "too many values");

    if (event->type == YAML_SCALAR_EVENT) {
        rc = read_scalar(reader, event, node);
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        node->kind = CONFIG_MAP;
        rc = check_tag(reader, event, event->data.mapping_start.tag, YAML_MAP_TAG);
    } else {
        node->kind = CONFIG_LIST;
        rc = check_tag(reader, event, event->data.sequence_start.tag, YAML_SEQ_TAG);
    }
    if (rc == PRYV_OK && node->kind != CONFIG_SCALAR)
        rc = read_children(reader, node, depth + 1);
    if (rc == PRYV_OK)
        *out = node;
    return rc;
}

/* Stream start, document, its one node, ends. */
static enum pryv_rc read_stream(struct reader *reader, struct config_node **out)
{
    yaml_event_t event;
    yaml_event_type_t type;
    struct config_node *root = NULL;
    enum pryv_rc rc;

    do {
        if ((rc = next_event(reader, &event)) != PRYV_OK)
            return rc;
        type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT && root)
            rc = refuse_at(reader, event.start_mark.line, "one document per file");
        else if (type == YAML_SCALAR_EVENT || type == YAML_MAPPING_START_EVENT || type == YAML_SEQUENCE_START_EVENT ||
                 type == YAML_ALIAS_EVENT)
            rc = read_node(reader, &event, 0, NULL, &root);
        yaml_event_delete(&event);
    } while (rc == PRYV_OK && type != YAML_STREAM_END_EVENT);
    if (rc == PRYV_OK)
        *out = root;
    return rc;
}

enum pryv_rc config_yaml_parse(struct pryv_arena *mem, struct pryv_str text, const char *name, struct config_node **out,
                               struct pryv_err *err)
{
    struct reader reader = { .mem = mem, .name = name, .err = err };
    struct config_node *root = NULL;

    if (!yaml_parser_initialize(&reader.parser))
        return pryv_fail(err, PRYV_FAILED, "%s: out of memory", name);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *) text.data, text.len);

    enum pryv_rc rc = read_stream(&reader, &root);

    yaml_parser_delete(&reader.parser);
    if (rc != PRYV_OK)
        return rc;
    *out = root && !config_node_is_null(root) ? root : config_node_new(mem, CONFIG_MAP, NULL, name);
    return PRYV_OK;
}

static enum pryv_rc read_all(int fd, char *into, size_t len, size_t *got)
{
    *got = 0;
    while (*got < len) {
        ssize_t n = read(fd, into + *got, len - *got);

        if (n == -1 && errno == EINTR)
            continue;
        if (n == -1)
            return PRYV_FAILED;
        if (n == 0)
            break;
        *got += (size_t) n;
    }
    return PRYV_OK;
}

enum pryv_rc config_read_file(struct pryv_arena *mem, const char *path, size_t limit, struct pryv_str *out, struct pryv_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    enum pryv_rc rc = PRYV_OK;
    size_t got = 0;

    if (fd == -1)
        return pryv_fail(err, errno == ENOENT ? PRYV_NOT_FOUND : PRYV_FAILED, "%s: %s", path, strerror(errno));
    if (fstat(fd, &info) == -1 || S_ISDIR(info.st_mode)) {
        close(fd);
        return pryv_fail(err, PRYV_FAILED, "%s: not a file", path);
    }

    /* Secrets come as pipes and special files too, whose size is not known before. */
    char *text = pryv_alloc(mem, limit + 2);

    if (read_all(fd, text, limit + 1, &got) != PRYV_OK)
        rc = pryv_fail(err, PRYV_FAILED, "%s: %s", path, strerror(errno));
    else if (got > limit)
        rc = pryv_fail(err, PRYV_FAILED, "%s: longer than %zu bytes", path, limit);
    close(fd);
    text[got] = '\0';
    if (rc == PRYV_OK)
        *out = pryv_str_n(text, got);
    return rc;
}

enum pryv_rc config_yaml_read(struct pryv_arena *mem, const char *path, struct config_node **out, struct pryv_err *err)
{
    struct pryv_arena *scratch = pryv_arena_new(); /* the text is large, the tree is not */
    struct pryv_str text = PRYV_STR_NONE;
    enum pryv_rc rc = config_read_file(scratch, path, MAX_FILE_BYTES, &text, err);

    if (rc == PRYV_OK)
        rc = config_yaml_parse(mem, text, pryv_cstr(mem, pryv_str(path)), out, err);
    pryv_arena_free(scratch);
    return rc;
}
