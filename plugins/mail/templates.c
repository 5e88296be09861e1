/* templates.c - see templates.h. */
#include "templates.h"
#include "pug.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

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

/* ---- Seeding ------------------------------------------------------------------------------------------ */

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

/* One file, if it is there. */
static enum pryv_rc seed_part(struct mail *mail, const char *folder, struct pryv_str type, struct pryv_str language,
                              const char *part, struct pryv_err *err)
{
    struct pryv_arena *mem = err->arena;
    struct pryv_str path = pryv_format(mem, "%s/%.*s/%.*s/%s.pug", folder, PRYV_STR_ARG(type), PRYV_STR_ARG(language), part);
    struct pryv_str key = template_key(mem, type, language, pryv_str(part)), source;
    const struct pug *template;
    FILE *there = key.data ? fopen(path.data, "re") : NULL;
    enum pryv_rc rc;

    if (!there)
        return PRYV_OK;
    fclose(there);
    if ((rc = read_file(mem, path.data, &source, err)) != PRYV_OK)
        return rc;
    if (pug_parse(mem, source, &template, err) != PRYV_OK)
        return pryv_fail(err, PRYV_FAILED, "%s: %s", path.data, err->message);
    rc = mail->platform->value_put_new(mail->platform_self, key, source, PRYV_ABSENT, err);
    return rc == PRYV_CONFLICT ? PRYV_OK : rc; /* another core did */
}

typedef enum pryv_rc (*visitor)(struct mail *mail, const char *folder, struct pryv_str outer, struct pryv_str name,
                                struct pryv_err *err);

static enum pryv_rc visit(struct mail *mail, const char *folder, struct pryv_str outer, visitor fn, struct pryv_err *err)
{
    DIR *dir = opendir(outer.data ? pryv_format(err->arena, "%s/%.*s", folder, PRYV_STR_ARG(outer)).data : folder);
    const struct dirent *entry;
    enum pryv_rc rc = PRYV_OK;

    if (!dir)
        return outer.data ? PRYV_OK : pryv_fail(err, PRYV_FAILED, "services.email.templatesRootDir: %s cannot be read", folder);
    while (rc == PRYV_OK && (entry = readdir(dir)))
        if (*entry->d_name != '.')
            rc = fn(mail, folder, outer, pryv_str_copy(err->arena, pryv_str(entry->d_name)), err);
    closedir(dir);
    return rc;
}

static enum pryv_rc seed_language(struct mail *mail, const char *folder, struct pryv_str type, struct pryv_str language,
                                  struct pryv_err *err)
{
    enum pryv_rc rc = seed_part(mail, folder, type, language, "subject", err);

    if (rc == PRYV_OK)
        rc = seed_part(mail, folder, type, language, "html", err);
    return rc == PRYV_OK ? seed_part(mail, folder, type, language, "text", err) : rc;
}

static enum pryv_rc seed_type(struct mail *mail, const char *folder, struct pryv_str outer PRYV_UNUSED, struct pryv_str type,
                              struct pryv_err *err)
{
    return visit(mail, folder, type, seed_language, err);
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
    return rc == PRYV_OK && count == 0 ? visit(mail, mail->config->templates_folder.data, PRYV_STR_NONE, seed_type, err) : rc;
}
