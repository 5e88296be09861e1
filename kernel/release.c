/* release.c - see release.h. */
#include "release.h"
#include "config.h"
#include "log.h"
#include <stdlib.h>

static bool same_address(const struct settings *a, const struct settings *b)
{
    return pryv_str_is(a->http_ip, b->http_ip) && a->http_port == b->http_port;
}

static enum pryv_rc get_sockets(struct release *release, const struct release *before, struct pryv_err *err)
{
    if (before && (before->sockets.inherited || same_address(&before->settings, &release->settings))) {
        release->sockets = before->sockets;
        return PRYV_OK;
    }
    release->owns_sockets = true;
    if (!before)
        sockets_inherit(&release->sockets);
    if (release->sockets.count)
        return PRYV_OK;
    return sockets_listen(&release->sockets, release->settings.http_ip.data, (int) release->settings.http_port, err);
}

static enum pryv_rc prepare(struct release *release, const struct release *before, struct pryv_err *err)
{
    enum pryv_rc rc = settings_load(release->config, 0, err);

    release->settings = settings;
    if (rc == PRYV_OK)
        rc = tls_files_read(&release->tls, err);
    if (rc == PRYV_OK)
        rc = get_sockets(release, before, err);
    return rc;
}

static void use_settings(const struct settings *of)
{
    settings = *of;
    log_configure(settings.log_level, settings.log_json);
}

struct release *release_new(struct config *config, const struct release *before, struct pryv_err *err)
{
    struct release *release = calloc(1, sizeof(*release));

    if (!release)
        abort();
    *release = (struct release){ .number = before ? before->number + 1 : 1, .config = config };

    enum pryv_rc rc = prepare(release, before, err);

    if (before)
        use_settings(&before->settings);
    if (rc == PRYV_OK)
        return release;
    release_free(release);
    return NULL;
}

void release_adopt(struct release *release, struct release *before)
{
    if (before && !release->owns_sockets) {
        release->owns_sockets = before->owns_sockets;
        before->owns_sockets = false;
    }
    release_free(before);
    use_settings(&release->settings);
}

void release_free(struct release *release)
{
    if (!release)
        return;
    if (release->owns_sockets)
        sockets_close(&release->sockets);
    tls_files_release(&release->tls);
    config_free(release->config);
    free(release);
}
