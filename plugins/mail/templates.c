/* templates.c - see templates.h. */
#include "templates.h"
#include "pug.h"
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

enum { NAME_MAX_LENGTH = 64, FILE_MAX = 256 * 1024 };

/* For a platform that has none of its own yet. */
static const struct {
    const char *type, *subject, *html;
} built_in[] = {
    { "welcome-email", "= `Welcome, ${USERNAME}`", "p Hello #{USERNAME},\np Your account has been made for #{EMAIL}.\n" },
    { "reset-password", "| Set a new password",
      "p Somebody, hopefully you, asked for a new password of your account.\np: a(href=RESET_LINK) Set a new password\np If it "
      "was not you, there is nothing to do.\n" },
};

/* ---- Finding ------------------------------------------------------------------------------------- */

static bool is_name(struct pryv_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return name.len > 0 && name.len <= NAME_MAX_LENGTH;
}

struct pryv_str template_key(struct pryv_arena *mem, struct pryv_str type, struct pryv_str language, struct pryv_str part)
{
    static const char *const parts[] = { "subject", "html", "text" };

    for (size_t i = 0; i < PRYV_COUNT(parts); i++)
        if (pryv_str_equal(part, parts[i]) && is_name(type) && is_name(language))
            return pryv_format(mem, TEMPLATE_KEYS "%.*s/%.*s/%s", PRYV_STR_ARG(type), PRYV_STR_ARG(language), parts[i]);
    return PRYV_STR_NONE;
}

static enum pryv_rc read_part(struct mail *mail, struct pryv_str type, struct pryv_str language, const char *part,
                              struct pryv_str *source, struct pryv_err *err)
{
    struct pryv_str key = template_key(err->arena, type, language, pryv_str(part));

    return key.data ? mail->platform->value_get(mail->platform_self, err->arena, key, true, source, err) : PRYV_NOT_FOUND;
}

struct sources {
    struct pryv_str subject, html, text;
};

/* A template exists when subject and html do. */
static enum pryv_rc find(struct mail *mail, struct pryv_str type, struct pryv_str language, struct sources *out,
                         struct pryv_err *err)
{
    enum pryv_rc rc = read_part(mail, type, language, "subject", &out->subject, err);

    if (rc == PRYV_OK)
        rc = read_part(mail, type, language, "html", &out->html, err);
    if (rc != PRYV_OK)
        return rc;
    rc = read_part(mail, type, language, "text", &out->text, err);
    return rc == PRYV_NOT_FOUND ? PRYV_OK : rc;
}

static enum pryv_rc find_any(struct mail *mail, const struct pryv_mail *what, struct sources *out, struct pryv_err *err)
{
    enum pryv_rc rc = find(mail, what->template_, what->language, out, err);

    if (rc == PRYV_NOT_FOUND)
        rc = find(mail, what->template_, mail->config->default_language, out, err);
    for (size_t i = 0; rc == PRYV_NOT_FOUND && i < PRYV_COUNT(built_in); i++)
        if (pryv_str_equal(what->template_, built_in[i].type)) {
            *out = (struct sources){ pryv_str(built_in[i].subject), pryv_str(built_in[i].html), PRYV_STR_NONE };
            return PRYV_OK;
        }
    return rc == PRYV_NOT_FOUND ? pryv_fail(err, rc, "there is no mail template \"%.*s\"", PRYV_STR_ARG(what->template_)) : rc;
}

/* ---- Rendering ------------------------------------------------------------------------------------- */

/* Templates name their words in capitals or in small letters. */
static json_t *both_spellings(struct pryv_arena *mem, json_t *words)
{
    json_t *all = json_copy(words), *value;
    const char *name;

    json_object_foreach(words, name, value) {
        char *small = pryv_cstr(mem, pryv_str(name));

        for (char *c = small; *c; c++)
            *c = (char) (*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
        json_object_set(all, small, value);
    }
    return all;
}

static enum pryv_rc render(struct pryv_arena *mem, struct pryv_str source, const json_t *words, struct pryv_str *out,
                           struct pryv_err *err)
{
    const struct pug *template;
    enum pryv_rc rc = pug_parse(mem, source, &template, err);

    return rc == PRYV_OK ? pug_render(mem, template, words, out, err) : rc;
}

enum pryv_rc templates_render(struct mail *mail, const struct pryv_mail *what, struct rendered *out, struct pryv_err *err)
{
    struct sources sources = { .text = PRYV_STR_NONE };
    enum pryv_rc rc = find_any(mail, what, &sources, err);
    json_t *words;

    if (rc != PRYV_OK)
        return rc;
    *out = (struct rendered){ .text = PRYV_STR_NONE };
    words = both_spellings(err->arena, what->substitutions);
    rc = render(err->arena, sources.subject, words, &out->subject, err);
    if (rc == PRYV_OK)
        rc = render(err->arena, sources.html, words, &out->html, err);
    if (rc == PRYV_OK && sources.text.data)
        rc = render(err->arena, sources.text, words, &out->text, err);
    json_decref(words);
    return rc;
}

/* ---- Files -------------------------------------------------------------------------------------------- */

/* What is done with each part that is there. */
typedef enum pryv_rc (*part_visitor)(struct mail *mail, struct pryv_str key, struct pryv_str source, struct pryv_err *err);

static enum pryv_rc read_file(struct pryv_arena *mem, const char *path, struct pryv_str *out, struct pryv_err *err)
{
    FILE *file = fopen(path, "re");
    char *text = pryv_alloc(mem, FILE_MAX + 1);
    size_t len = file ? fread(text, 1, FILE_MAX + 1, file) : 0;
    bool failed = !file || ferror(file);

    if (file)
        fclose(file);
    if (failed || len > FILE_MAX)
        return pryv_fail(err, PRYV_FAILED, "the mail template %s cannot be read, or is larger than %d bytes", path, FILE_MAX);
    *out = pryv_str_n(text, len);
    return PRYV_OK;
}

static enum pryv_rc visit_part(struct mail *mail, struct pryv_str type, struct pryv_str language, const char *part,
                               part_visitor fn, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    struct pryv_str path = pryv_format(mem, "%.*s/%.*s/%.*s/%s.pug", PRYV_STR_ARG(mail->config->templates_folder),
                                       PRYV_STR_ARG(type), PRYV_STR_ARG(language), part);
    struct pryv_str key = template_key(mem, type, language, pryv_str(part)), source = PRYV_STR_NONE;
    const struct pug *template;
    enum pryv_rc rc;

    if (!key.data || access(path.data, F_OK) != 0)
        return PRYV_OK;
    if ((rc = read_file(mem, path.data, &source, err)) != PRYV_OK)
        return rc;
    if (pug_parse(mem, source, &template, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "%s: %s", path.data, err->message);
    return fn(mail, key, source, err);
}

/* The names in a folder; NULL at the end. What is no folder has none. */
static const struct pryv_str *names_in(struct pryv_arena *mem, const char *folder)
{
    enum { NAMES_MAX = 1000 };
    struct pryv_str *names = pryv_new_array(mem, struct pryv_str, NAMES_MAX + 1);
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t n = 0;

    while (dir && n < NAMES_MAX && (entry = readdir(dir)))
        if (*entry->d_name != '.')
            names[n++] = pryv_str_copy(mem, pryv_str(entry->d_name));
    if (dir)
        closedir(dir);
    return names;
}

/* TYPE/LANGUAGE/PART.pug */
static enum pryv_rc visit_files(struct mail *mail, part_visitor fn, struct pryv_err *err)
{
    static const char *const parts[] = { "subject", "html", "text" };
    const char *root = mail->config->templates_folder.data;
    enum pryv_rc rc = PRYV_OK;

    for (const struct pryv_str *type = names_in(err->arena, root); rc == PRYV_OK && type->data; type++) {
        const char *folder = pryv_format(err->arena, "%s/%.*s", root, PRYV_STR_ARG(*type)).data;

        for (const struct pryv_str *language = names_in(err->arena, folder); rc == PRYV_OK && language->data; language++)
            for (size_t i = 0; rc == PRYV_OK && i < PRYV_COUNT(parts); i++)
                rc = visit_part(mail, *type, *language, parts[i], fn, err);
    }
    return rc;
}

static enum pryv_rc look_only(struct mail *mail PRYV_UNUSED, struct pryv_str key PRYV_UNUSED, struct pryv_str source PRYV_UNUSED,
                              struct pryv_err *err PRYV_UNUSED)
{
    return PRYV_OK;
}

static enum pryv_rc put(struct mail *mail, struct pryv_str key, struct pryv_str source, struct pryv_err *err)
{
    enum pryv_rc rc = mail->platform->value_put_new(mail->platform_self, key, source, PRYV_ABSENT, err);

    return rc == PRYV_CONFLICT ? PRYV_OK : rc; /* another core was first */
}

enum pryv_rc templates_check(struct mail *mail, struct pryv_err *err)
{
    const char *folder = mail->config->templates_folder.data;

    if (!mail->config->templates_folder.len)
        return PRYV_OK;
    if (access(folder, R_OK | X_OK) != 0)
        return pryv_fail(err, PRYV_FAILED, "services.email.templatesRootDir: %s cannot be read", folder);
    return visit_files(mail, look_only, err);
}

enum pryv_rc templates_seed(struct mail *mail, struct pryv_err *err)
{
    struct pryv_str *keys, *values;
    size_t count;
    enum pryv_rc rc;

    if (!mail->config->templates_folder.len)
        return PRYV_OK;
    rc = mail->platform->values_list(mail->platform_self, err->arena, PRYV_STR(TEMPLATE_KEYS), PRYV_STR_NONE, 1, &keys, &values,
                                     &count, err);
    return rc == PRYV_OK && count == 0 ? visit_files(mail, put, err) : rc;
}
