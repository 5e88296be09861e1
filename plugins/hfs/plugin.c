/* hfs.so - high-frequency series: points of events, written and read many at a time. */
#include "hfs.h"
#include "known.h"
#include "upkeep.h"
#include <stdlib.h>

#define INT(member, name, default_, min, max, help) PRYV_CONFIG_INT(struct hfs_config, member, name, default_, min, max, help)

static const struct pryv_config_key keys[] = {
    INT(workers, "cluster.hfsWorkers", "1", 0, 256,
        "Workers that serve points of series alone, on http.hfsPort; those of the API serve them too. 0: points of series are "
        "not served, and the service information says so (features.noHF)."),
    INT(port, "http.hfsPort", "4000", 0, 65535,
        "Port of cluster.hfsWorkers, at http.ip, for a proxy that sends series there; 0: none, only workers of the API serve "
        "series."),
    INT(max_json_depth, "http.maxJsonDepth", "100", 4, 2000, "Nesting of maps and lists in a request's JSON."),
    INT(chunk_points, "series.chunkPoints", "4096", 16, 65536,
        "Points of a full chunk, the unit in which a storage keeps series."),
    INT(merge_chunks, "series.mergeChunks", "32", 2, 1000000,
        "So many new chunks of one event, and the small ones among all of its chunks are merged in the background."),
    INT(merge_points, "series.mergePoints", "262144", 1024, 100000000,
        "Points that are merged in one go, while others who write to the same account wait. Of chunks that overlap each other "
        "and "
        "hold more, a part is merged in each go."),
    PRYV_CONFIG_NUMBER(struct hfs_config, merge_share, "series.mergeShare", "0.25", 0.01, 1,
                       "Share of the time that a worker spends on merging at most: after a go it rests."),
    PRYV_CONFIG_NUMBER(struct hfs_config, event_seconds, "series.eventSeconds", "4", 0, 60,
                       "Seconds after which what was added to a series shows in the duration of its event: one change for all "
                       "points of that time."),
    INT(max_points, "series.maxPoints", "10000", 1, 1000000,
        "The largest maxPoints of a read: so many parts of the range are told of at most."),
    PRYV_CONFIG_END,
};

static bool are_served(void *self)
{
    return hfs_serves(self);
}

static const struct pryv_series_ops ops = { .size = sizeof(ops), .are_served = are_served };

/* ---- Life ----------------------------------------------------------------------------------------------- */

static void hfs_stop(void *self)
{
    struct hfs *hfs = self;

    if (hfs) {
        upkeep_free(hfs->upkeep);
        known_free(hfs->known);
    }
    free(hfs);
}

static enum pryv_rc hfs_init(const void *config, void **self, struct pryv_err *err)
{
    const struct pryv_interface *storage = pryv_interface("storage", PRYV_STORAGE_VERSION);
    const struct pryv_interface *events = pryv_interface("series-events", PRYV_SERIES_EVENTS_VERSION);
    struct hfs *hfs = calloc(1, sizeof(*hfs));

    if (!hfs)
        abort();
    *self = hfs;
    *hfs = (struct hfs){
        .config = config,
        .storage = storage->ops,
        .storage_self = storage->self,
        .events = events->ops,
        .events_self = events->self,
    };
    hfs->upkeep = upkeep_new(hfs);
    hfs->known = known_new();
    if (hfs->config->workers && !hfs_serves(hfs))
        pryv_log_warn(HFS_LOG, "the storage %s keeps no series: their points are not served", hfs->storage->engine);
    return pryv_provide("series", PRYV_SERIES_VERSION, &ops, hfs, err);
}

static enum pryv_rc hfs_start(void *self, struct pryv_err *err PRYV_UNUSED)
{
    struct hfs *hfs = self;

    if (hfs_serves(hfs))
        pryv_every(1, upkeep_run, hfs->upkeep);
    return PRYV_OK;
}

/* ---- Routes --------------------------------------------------------------------------------------------- */

static enum pryv_rc if_served(struct pryv_call *call, pryv_handler handler, struct pryv_err *err)
{
    if (!hfs_serves(hfs_self()))
        return pryv_refuse(err, 502, "unexpected-error", NULL, "Points of series are not served here.");
    return handler(call, err);
}

static enum pryv_rc serve_read(struct pryv_call *call, struct pryv_err *err)
{
    return if_served(call, series_read, err);
}

static enum pryv_rc serve_write(struct pryv_call *call, struct pryv_err *err)
{
    return if_served(call, series_write, err);
}

static enum pryv_rc serve_write_batch(struct pryv_call *call, struct pryv_err *err)
{
    return if_served(call, series_write_batch, err);
}

static enum pryv_rc refuse_unknown(struct pryv_call *call PRYV_UNUSED, struct pryv_err *err)
{
    return pryv_refuse(err, 404, "unknown-resource", NULL, "There is nothing here.");
}

static enum pryv_rc serve_nothing(struct pryv_call *call, struct pryv_err *err)
{
    return if_served(call, refuse_unknown, err);
}

/* For whoever looks whether the workers of http.hfsPort are there. */
static enum pryv_rc tell_status(struct pryv_call *call, struct pryv_err *err PRYV_UNUSED)
{
    pryv_json_put_text(pryv_call_json(call), "status", "ok");
    return PRYV_OK;
}

/* What begins like a series is none, and no attachment of that name: neither a token nor rights are looked at. */
#define NOTHING(verb_, path_)                                                                             \
    {                                                                                                     \
        .verb = verb_, .path = path_, .serve = serve_nothing, .flags = PRYV_ROUTE_HIDDEN | PRYV_ROUTE_RAW \
    }
#define NOTHING_BELOW(path_) \
    NOTHING("GET", path_), NOTHING("POST", path_), NOTHING("PUT", path_), NOTHING("PATCH", path_), NOTHING("DELETE", path_)

/* {name}, not {username}: a missing token is told before an unknown account. */
static const struct pryv_route routes[] = {
    { .verb = "GET",
      .path = "/{name}/events/{id}/series",
      .serve = serve_read,
      .flags = PRYV_ROUTE_LONG,
      .summary = "The points of a series" },
    { .verb = "POST",
      .path = "/{name}/events/{id}/series",
      .serve = serve_write,
      .flags = PRYV_ROUTE_RAW,
      .summary = "Add points to a series",
      .sink = &series_sink },
    { .verb = "POST",
      .path = "/{name}/series/batch",
      .serve = serve_write_batch,
      .flags = PRYV_ROUTE_RAW,
      .summary = "Add points to several series",
      .sink = &series_batch_sink },
    NOTHING("PUT", "/{name}/events/{id}/series"),
    NOTHING("PATCH", "/{name}/events/{id}/series"),
    NOTHING("DELETE", "/{name}/events/{id}/series"),
    NOTHING_BELOW("/{name}/events/{id}/series/{rest*}"),
    NOTHING("GET", "/{name}/series/batch"),
    NOTHING("PUT", "/{name}/series/batch"),
    NOTHING("PATCH", "/{name}/series/batch"),
    NOTHING("DELETE", "/{name}/series/batch"),
    NOTHING_BELOW("/{name}/series/batch/{rest*}"),
    { .verb = "GET",
      .path = "/system/status",
      .serve = tell_status,
      .flags = PRYV_ROUTE_OWN_PORT | PRYV_ROUTE_INLINE | PRYV_ROUTE_PLAIN,
      .summary = "Whether the workers of series are there" },
    { .verb = NULL },
};

static const struct pryv_interface_ref provides[] = { { "series", PRYV_SERIES_VERSION }, { NULL, 0 } };
static const struct pryv_interface_ref requires[] = { { "storage", PRYV_STORAGE_VERSION },
                                                      { "series-events", PRYV_SERIES_EVENTS_VERSION },
                                                      { NULL, 0 } };

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD,     .name = "hfs",         .version = PRYVD_VERSION, .summary = "high-frequency series: points of events",
    .provides = provides, .requires_ = requires, .config = keys,           .config_size = sizeof(struct hfs_config),
    .routes = routes,     .init = hfs_init,      .start = hfs_start,       .stop = hfs_stop,
};

PRYV_PLUGIN_WORKERS("cluster.hfsWorkers", "1", "http.hfsPort", "4000");
