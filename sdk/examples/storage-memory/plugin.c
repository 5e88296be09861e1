/* storage-memory.so - a complete storage plugin: interfaces "storage" and "platform", everything kept in memory and forgotten at the end.
 *
 * How to read it: row.h (what is stored), map.h (where, and how a snapshot costs nothing), space.h (transactions), tables.h (what is in
 * the map), then any subject. It serves one worker alone, since memory is not shared between processes. */
#include "storage.h"
#include <pryv/plugin.h>
#include <stdlib.h>

static struct pryv_storage_ops storage_ops = { .size = sizeof(storage_ops), .engine = "memory" };
static struct pryv_platform_ops platform_ops;

static enum pryv_rc memory_init(const void *config PRYV_UNUSED, void **self, struct pryv_err *err)
{
    if (pryv_worker_count() > 1)
        return pryv_fail(err, PRYV_FAILED,
                         "it keeps data in the memory of one worker, and %d are configured: set cluster.apiWorkers to 1, "
                         "and http.hfsPort to 0",
                         pryv_worker_count());

    struct memory *memory = calloc(1, sizeof(*memory));

    if (!memory)
        abort();
    memory->users = space_new();
    memory->platform = space_new();
    *self = memory;
    users_offer(&storage_ops);
    streams_offer(&storage_ops);
    events_offer(&storage_ops);
    accesses_offer(&storage_ops);
    account_offer(&storage_ops);
    inventory_offer(&storage_ops);
    platform_offer(&platform_ops);
    MUST(pryv_provide("storage", PRYV_STORAGE_VERSION, &storage_ops, memory, err));
    return pryv_provide("platform", PRYV_PLATFORM_VERSION, &platform_ops, memory, err);
}

static void memory_stop(void *self)
{
    struct memory *memory = self;

    if (!memory)
        return;
    space_release(memory->users);
    space_release(memory->platform);
    free(memory);
}

static const struct pryv_interface_ref provides[] = {
    { "storage", PRYV_STORAGE_VERSION },
    { "platform", PRYV_PLATFORM_VERSION },
    { NULL, 0 },
};

PRYV_PLUGIN = {
    PRYV_PLUGIN_HEAD, /* size and ABI, as compiled */
    .name = "storage-memory",
    .version = "1.0.0",
    .summary = "Example: keeps everything in the memory of one worker", /* for --check */
    .provides = provides,
    .init = memory_init,
    .stop = memory_stop,
};
