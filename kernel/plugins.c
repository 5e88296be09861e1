/* plugins.c - from a folder of shared objects to running plugins; see plugins.h. Libraries are never unloaded: a thread might
 * still be in one. */
#include "plugins.h"
#include "interface.h"
#include "plugin_choice.h"
#include "plugin_mark.h"
#include "plugin_order.h"
#include "registry.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { MAX_PLUGINS = 64 };

/* The descriptor's size in the first release: no plugin has a smaller one. */
#define FIRST_SIZE sizeof(struct pryv_plugin)

/* A file of the folder that may be one. */
struct candidate {
    const char *path;
    struct plugin_choice choice;
    bool chosen;
    const struct pryv_plugin *plugin; /* NULL: not loaded */
};

struct loaded {
    const struct pryv_plugin *plugin;
    void *config;
    void *self;
    bool initialised; /* init was called: stop is due */
};

static struct loaded loaded[MAX_PLUGINS];
static size_t loaded_count;
static size_t first_of_these; /* those before are set apart */

/* Why the file must not be loaded, or NULL. Whoever may write it would be us. */
static const char *unsafe(const char *path)
{
    struct stat info;

    if (stat(path, &info) == -1)
        return strerror(errno);
    if (!S_ISREG(info.st_mode))
        return "not a file";
    if (info.st_mode & S_IWOTH)
        return "everyone may write to it; take that right away (chmod o-w)";
    return NULL;
}

static bool is_named_after_file(const struct pryv_plugin *plugin, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    size_t len = strlen(plugin->name);

    return strncmp(file, plugin->name, len) == 0 && strcmp(file + len, ".so") == 0;
}

static const struct pryv_plugin *refused(const char *path, const char *why)
{
    pryv_log_error("plugins", "%s: %s", path, why);
    return NULL;
}

/* PRYV_PLUGIN_ENVIRONMENT of pryv/plugin.h */
static void set_environment(const char *path)
{
    struct pryv_arena *mem = pryv_arena_new();
    const char *texts[2];

    if (plugin_mark_read(mem, path, PRYV_PLUGIN_ENVIRONMENT_MARK, texts, PRYV_COUNT(texts)))
        setenv(texts[0], texts[1], false);
    pryv_arena_free(mem);
}

/* Nothing but size and ABI is read before they are known to be ours. False after a line on the log. */
static bool is_ours(const struct pryv_plugin *plugin, const char *path)
{
    if (plugin->abi != PRYV_ABI) {
        pryv_log_error("plugins", "%s: built for ABI %u, this pryvd has %u; build it anew", path, plugin->abi,
                       (unsigned) PRYV_ABI);
        return false;
    }
    if (plugin->size < FIRST_SIZE || plugin->size > sizeof(*plugin)) {
        pryv_log_error("plugins", "%s: its descriptor has %zu bytes, expected %zu; build it anew", path, plugin->size,
                       sizeof(*plugin));
        return false;
    }
    if (!plugin->name || !plugin->version) {
        pryv_log_error("plugins", "%s: its descriptor has no name or no version", path);
        return false;
    }
    if (!is_named_after_file(plugin, path)) {
        pryv_log_error("plugins", "%s: it calls itself %s; the file must be %s.so", path, plugin->name, plugin->name);
        return false;
    }
    return true;
}

/* NULL after a line on the log. */
static const struct pryv_plugin *open_one(const char *path)
{
    const char *reason = unsafe(path);

    if (reason)
        return refused(path, reason);
    set_environment(path);

    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    if (!library) {
        const char *message = dlerror(); /* begins with the path, mostly */

        return refused(path, message ? message : "cannot be loaded");
    }

    const struct pryv_plugin *plugin = dlsym(library, "pryv_plugin");

    if (!plugin)
        return refused(path, "not a plugin: it has no symbol pryv_plugin");
    return is_ours(plugin, path) ? plugin : NULL;
}

static int is_library(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return entry->d_name[0] != '.' && len > 3 && strcmp(entry->d_name + len - 3, ".so") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int plugins_scan(const char *dir, struct dirent ***entries)
{
    return scandir(dir, entries, is_library, by_bytes);
}

/* Which of them take part. `to_run`: before they are loaded, so that what is not wanted never is. */
static void choose(struct candidate *candidates, size_t count, bool to_run, struct config *config)
{
    for (size_t i = 0; i < count; i++) {
        candidates[i].choice = plugin_choice_read(config_arena(config), candidates[i].path);
        if (to_run)
            plugin_choice_know(config, &candidates[i].choice);
    }
    for (size_t i = 0; i < count; i++)
        candidates[i].chosen = plugin_choice_made(config, &candidates[i].choice);
}

/* A setting that chooses none of those that it chooses among is a slip of the pen, mostly. */
static void tell_unchosen(const struct candidate *all, size_t count, struct config *config)
{
    for (size_t i = 0; i < count; i++) {
        const struct plugin_choice *choice = &all[i].choice;
        bool another = all[i].chosen;

        for (size_t k = 0; k < count && !another; k++)
            another = all[k].chosen && all[k].choice.setting && strcmp(all[k].choice.setting, choice->setting) == 0;
        if (!another)
            pryv_log_warn("plugins", "%s is \"%s\", which no plugin answers to; %s would answer to \"%s\"", choice->setting,
                          plugin_choice_value(config, choice), all[i].path, choice->answers_to);
    }
}

/* Opens all, so that every one that is refused is told. The number of those. */
static size_t open_all(struct candidate *candidates, size_t count, bool only_chosen, struct config *config)
{
    size_t problems = 0;

    for (size_t i = 0; i < count; i++) {
        struct candidate *one = &candidates[i];

        if (only_chosen && !one->chosen)
            continue;
        one->plugin = open_one(one->path);
        problems += one->plugin ? 0 : 1;
        if (one->plugin && one->plugin->config)
            config_know(config, one->plugin->name, one->plugin->config);
    }
    return problems;
}

static enum pryv_rc keep(const struct pryv_plugin **plugins, size_t count, struct pryv_err *err)
{
    enum pryv_rc rc = plugins_order(plugins, count, err);

    if (rc != PRYV_OK)
        return rc;
    if (first_of_these + count > MAX_PLUGINS)
        return pryv_refuse(err, 400, NULL, NULL, "more than %d plugins", MAX_PLUGINS);
    loaded_count = first_of_these;
    for (size_t i = 0; i < count; i++)
        loaded[loaded_count++] = (struct loaded){ .plugin = plugins[i] };
    return PRYV_OK;
}

/* The libraries of `dir` by name, at most MAX_PLUGINS. */
static enum pryv_rc find_all(const char *dir, struct pryv_arena *mem, struct candidate *candidates, size_t *count,
                             struct pryv_err *err)
{
    struct dirent **entries;
    int found = plugins_scan(dir, &entries);

    if (found == -1)
        return pryv_refuse(err, 400, NULL, NULL, "the plugin folder %s cannot be read: %s", dir, strerror(errno));
    *count = (size_t) found;
    for (int i = 0; i < found; i++) {
        if (i < MAX_PLUGINS)
            candidates[i] = (struct candidate){ .path = pryv_format(mem, "%s/%s", dir, entries[i]->d_name).data };
        free(entries[i]);
    }
    free(entries);
    return *count <= MAX_PLUGINS ? PRYV_OK : pryv_refuse(err, 400, NULL, NULL, "more than %d plugins in %s", MAX_PLUGINS, dir);
}

enum pryv_rc plugins_open(const char *dir, struct config *config, bool to_run, struct pryv_err *err)
{
    struct candidate candidates[MAX_PLUGINS];
    const struct pryv_plugin *plugins[MAX_PLUGINS];
    size_t count = 0, kept = 0, problems;
    enum pryv_rc rc = find_all(dir, config_arena(config), candidates, &count, err);

    if (rc != PRYV_OK)
        return rc;
    if (to_run)
        choose(candidates, count, true, config);
    problems = open_all(candidates, count, to_run, config);
    if (!to_run) /* their own keys are known now */
        choose(candidates, count, false, config);
    if (problems)
        return pryv_refuse(err, 400, NULL, NULL, "%zu plugin%s refused, as told above", problems, problems == 1 ? "" : "s");
    tell_unchosen(candidates, count, config);
    for (size_t i = 0; i < count; i++)
        if (candidates[i].chosen)
            plugins[kept++] = candidates[i].plugin;
    return keep(plugins, kept, err);
}

enum pryv_rc plugins_open_file(const char *path, struct config *config, struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new();
    const char *with_folder = strchr(path, '/') ? path : pryv_format(mem, "./%s", path).data; /* else dlopen searches elsewhere */
    const struct pryv_plugin *plugin = open_one(with_folder);

    pryv_arena_free(mem);
    if (plugin && plugin->config)
        config_know(config, plugin->name, plugin->config);
    return plugin ? keep(&plugin, 1, err) : pryv_refuse(err, 400, NULL, NULL, "%s is refused, as told above", path);
}

static bool provides_any(const struct pryv_plugin *plugin, const char *const *interfaces)
{
    for (; *interfaces; interfaces++)
        for (const struct pryv_interface_ref *ref = plugin->provides; ref && ref->name; ref++)
            if (fnmatch(*interfaces, ref->name, 0) == 0)
                return true;
    return false;
}

static bool serves_one_behind(size_t at, const bool *kept)
{
    for (size_t i = at + 1; i < loaded_count; i++)
        for (const struct pryv_interface_ref *ref = loaded[i].plugin->requires_; kept[i] && ref && ref->name; ref++)
            if (plugin_provides(loaded[at].plugin, ref->name) != -1)
                return true;
    return false;
}

void plugins_keep(const char *const *interfaces)
{
    bool kept[MAX_PLUGINS] = { false };
    size_t count = first_of_these;

    for (size_t i = loaded_count; i-- > first_of_these;) /* from the end: who requires comes behind who provides */
        kept[i] = provides_any(loaded[i].plugin, interfaces) || serves_one_behind(i, kept);
    for (size_t i = first_of_these; i < loaded_count; i++)
        if (kept[i])
            loaded[count++] = loaded[i];
    loaded_count = count;
}

enum pryv_rc plugins_configure(struct config *config, struct pryv_err *err)
{
    enum pryv_rc result = PRYV_OK;

    for (size_t i = first_of_these; i < loaded_count; i++) {
        const struct pryv_plugin *plugin = loaded[i].plugin;

        loaded[i].config = calloc(1, plugin->config_size ? plugin->config_size : 1);
        if (!loaded[i].config)
            return pryv_fail(err, PRYV_FAILED, "out of memory");
        if (plugin->config && config_fill(config, plugin->config, loaded[i].config, err) != PRYV_OK)
            result = PRYV_REFUSED; /* the others' problems are told too */
    }
    return result;
}

static enum pryv_rc init_one(struct loaded *one, struct pryv_err *err)
{
    const struct pryv_plugin *plugin = one->plugin;
    enum pryv_rc rc = PRYV_OK;

    interface_begin(plugin);
    one->initialised = true;
    if (plugin->init)
        rc = plugin->init(one->config, &one->self, err);
    if (rc == PRYV_OK)
        rc = interface_end(err);
    if (rc == PRYV_OK)
        rc = registry_add(plugin, one->self, err);
    return rc;
}

static enum pryv_rc tell_failure(const struct loaded *one, enum pryv_rc rc, struct pryv_err *err)
{
    const char *message = err->message ? err->message : "it gave no reason";

    return pryv_fail(err, rc, "the plugin %s cannot start: %s", one->plugin->name, message);
}

enum pryv_rc plugins_init(struct pryv_err *err)
{
    for (size_t i = first_of_these; i < loaded_count; i++) {
        enum pryv_rc rc = init_one(&loaded[i], err);

        if (rc != PRYV_OK)
            return tell_failure(&loaded[i], rc, err);
    }
    return PRYV_OK;
}

enum pryv_rc plugins_start(struct pryv_err *err)
{
    for (size_t i = first_of_these; i < loaded_count; i++) {
        enum pryv_rc rc = loaded[i].plugin->start ? loaded[i].plugin->start(loaded[i].self, err) : PRYV_OK;

        if (rc != PRYV_OK)
            return tell_failure(&loaded[i], rc, err);
    }
    return PRYV_OK;
}

void plugins_set_apart(void)
{
    first_of_these = loaded_count;
    interface_clear();
}

void plugins_stop(void)
{
    for (size_t i = loaded_count; i-- > 0;) {
        if (loaded[i].initialised && loaded[i].plugin->stop)
            loaded[i].plugin->stop(loaded[i].self);
        loaded[i].initialised = false;
        loaded[i].self = NULL;
    }
    interface_clear();
}

void plugins_close(void)
{
    for (size_t i = 0; i < loaded_count; i++)
        free(loaded[i].config);
    loaded_count = first_of_these = 0;
}

void plugins_list(FILE *out)
{
    for (size_t i = 0; i < loaded_count; i++) {
        const struct pryv_plugin *plugin = loaded[i].plugin;

        fprintf(out, "plugin %s %s: %s\n", plugin->name, plugin->version, plugin->summary ? plugin->summary : "");
    }
}
