/* release.c - see release.h. */
#include "release.h"
#include "config.h"
#include "log.h"
#include <stdlib.h>

static enum pryv_rc prepare(struct release *release, const char *plugin_dir, const struct release *before, struct pryv_err *err)
{
    enum pryv_rc rc = settings_load(release->config, 0, err);

    release->settings = settings;
    if (rc == PRYV_OK)
        rc = tls_files_read(&release->tls, err);
    if (rc == PRYV_OK)
        rc = worker_groups_find(plugin_dir, release->config, &release->groups, err);
    if (rc == PRYV_OK)
        rc = worker_groups_listen(&release->groups, before ? &before->groups : NULL, err);
    return rc;
}

static void use_settings(const struct settings *of)
{
    settings = *of;
    log_configure(settings.log_level, settings.log_json);
}

struct release *release_new(const char *plugin_dir, struct config *config, const struct release *before, struct pryv_err *err)
{
    struct release *release = calloc(1, sizeof(*release));

    if (!release)
        abort();
    *release = (struct release){ .number = before ? before->number + 1 : 1, .config = config };

    enum pryv_rc rc = prepare(release, plugin_dir, before, err);

    if (before)
        use_settings(&before->settings);
    if (rc == PRYV_OK)
        return release;
    release_free(release);
    return NULL;
}

void release_adopt(struct release *release, struct release *before)
{
    if (before)
        worker_groups_adopt(&release->groups, &before->groups);
    release_free(before);
    use_settings(&release->settings);
}

void release_free(struct release *release)
{
    if (!release)
        return;
    worker_groups_close(&release->groups);
    tls_files_release(&release->tls);
    config_free(release->config);
    free(release);
}
