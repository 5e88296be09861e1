/* worker_groups.c - see worker_groups.h. The master loads no plugin: what they ask for is read from their files. */
#include "worker_groups.h"
#include "plugin_choice.h"
#include "plugin_mark.h"
#include "plugins.h"
#include "settings.h"
#include <dirent.h>
#include <pryv/plugin.h>
#include <stdlib.h>

enum { MOST_OF_A_PLUGIN = 256, MOST_PORT = 65535 };

/* ---- Finding ---------------------------------------------------------------------------------------- */

static enum pryv_rc add(struct worker_groups *groups, const char *plugin, int64_t count, int64_t port, bool port_is_default,
                        struct pryv_err *err)
{
    struct worker_group *group = &groups->list[groups->count];

    if (groups->count == WORKER_GROUPS_MAX || groups->workers + count > WORKERS_MAX)
        return pryv_refuse(err, 400, NULL, NULL, "more than %d workers, or more than %d ports, are configured", WORKERS_MAX,
                           WORKER_GROUPS_MAX);
    *group = (struct worker_group){ .plugin = plugin,
                                    .first = groups->workers,
                                    .count = (int) count,
                                    .ip = settings.http_ip,
                                    .port = (int) port,
                                    .port_is_default = port_is_default };
    groups->count++;
    groups->workers += (int) count;
    return PRYV_OK;
}

/* The plugin is not loaded here, and its own table of keys not known. */
static enum pryv_rc read_settings(struct config *config, const char *const *texts, int64_t *count, int64_t *port,
                                  bool *port_is_default, struct pryv_err *err)
{
    struct pryv_config_key *keys = pryv_new_array(config_arena(config), struct pryv_config_key, 3);
    int64_t values[2] = { 0, 0 };
    enum pryv_rc rc;

    for (size_t i = 0; i < 2; i++)
        keys[i] = (struct pryv_config_key){ .name = texts[2 * i],
                                            .type = PRYV_CONFIG_INT_T,
                                            .offset = i * sizeof(values[0]),
                                            .default_value = texts[2 * i + 1],
                                            .max = i ? MOST_PORT : MOST_OF_A_PLUGIN };
    config_know(config, "plugins", keys);
    rc = config_fill(config, keys, values, err);
    *count = values[0];
    *port = values[1];
    *port_is_default = !config_text(config, (const struct pryv_config_key[]){ { .name = texts[2] }, { 0 } }, texts[2]);
    return rc;
}

static enum pryv_rc add_plugin(struct worker_groups *groups, struct config *config, const char *folder, const char *file,
                               struct pryv_err *err)
{
    struct pryv_arena *mem = config_arena(config);
    const char *path = pryv_format(mem, "%s/%s", folder, file).data, *texts[4];
    struct plugin_choice choice = plugin_choice_read(mem, path);
    int64_t count, port;
    bool port_is_default;
    enum pryv_rc rc;

    if (!plugin_mark_read(mem, path, PRYV_PLUGIN_WORKERS_MARK, texts, PRYV_COUNT(texts)))
        return PRYV_OK;
    plugin_choice_know(config, &choice);
    if (!plugin_choice_made(config, &choice))
        return PRYV_OK;
    rc = read_settings(config, texts, &count, &port, &port_is_default, err);
    if (rc != PRYV_OK || count == 0 || port == 0)
        return rc;
    return add(groups, pryv_cstr(mem, pryv_str_n(file, strlen(file) - strlen(".so"))), count, port, port_is_default, err);
}

enum pryv_rc worker_groups_find(const char *plugin_dir, struct config *config, struct worker_groups *out, struct pryv_err *err)
{
    struct dirent **entries;
    int found;
    enum pryv_rc rc;

    *out = (struct worker_groups){ .count = 0 };
    rc = add(out, NULL, settings.api_workers, settings.http_port, false, err);
    found = plugins_scan(plugin_dir, &entries);
    for (int i = 0; i < found; i++) {
        if (rc == PRYV_OK)
            rc = add_plugin(out, config, plugin_dir, entries[i]->d_name, err);
        free(entries[i]);
    }
    if (found >= 0) /* else the check of a worker's start tells */
        free(entries);
    return rc;
}

const struct worker_group *worker_groups_of(const struct worker_groups *groups, int worker)
{
    const struct worker_group *group = groups->list;

    while (worker >= group->first + group->count)
        group++;
    return group;
}

/* ---- Sockets ---------------------------------------------------------------------------------------- */

static bool is_same_group(const struct worker_group *a, const struct worker_group *b)
{
    return (!a->plugin && !b->plugin) || (a->plugin && b->plugin && strcmp(a->plugin, b->plugin) == 0);
}

static bool is_at_same_address(const struct worker_group *a, const struct worker_group *b)
{
    return a->sockets.inherited || (pryv_str_is(a->ip, b->ip) && a->port == b->port);
}

static enum pryv_rc listen_for(struct worker_group *group, const struct worker_groups *before, struct pryv_err *err)
{
    for (size_t i = 0; before && i < before->count; i++) {
        const struct worker_group *old = &before->list[i];

        if (is_same_group(old, group) && is_at_same_address(old, group)) {
            group->sockets = old->sockets;
            return PRYV_OK;
        }
    }
    group->owns_sockets = true;
    if (!before && !group->plugin)
        sockets_inherit(&group->sockets);
    return group->sockets.count ? PRYV_OK : sockets_listen(&group->sockets, group->ip.data, group->port, err);
}

static void leave_out(struct worker_groups *groups, struct worker_group *group)
{
    struct worker_group *end = groups->list + groups->count--;

    groups->workers -= group->count;
    for (struct worker_group *next = group + 1; next < end; next++) {
        next->first -= group->count;
        next[-1] = *next;
    }
}

enum pryv_rc worker_groups_listen(struct worker_groups *groups, const struct worker_groups *before, struct pryv_err *err)
{
    enum pryv_rc rc = PRYV_OK;
    size_t i = 0;

    while (rc == PRYV_OK && i < groups->count) {
        struct worker_group *group = &groups->list[i];

        rc = listen_for(group, before, err);
        /* Several servers on one machine need not care for a port that nobody asked for. */
        if (rc == PRYV_REFUSED && group->port_is_default) {
            pryv_log_warn("master", "%s is served with all else, on no port of its own: %s", group->plugin, err->message);
            leave_out(groups, group);
            rc = PRYV_OK;
        } else {
            i++;
        }
    }
    return rc;
}

void worker_groups_adopt(struct worker_groups *groups, struct worker_groups *before)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t k = 0; k < before->count; k++)
            if (!groups->list[i].owns_sockets && is_same_group(&groups->list[i], &before->list[k])) {
                groups->list[i].owns_sockets = before->list[k].owns_sockets;
                before->list[k].owns_sockets = false;
            }
}

void worker_groups_close(struct worker_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        if (groups->list[i].owns_sockets)
            sockets_close(&groups->list[i].sockets);
}
