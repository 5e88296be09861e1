/* process.c - see process.h. */
#include "process.h"
#include <pryv/plugin.h>

static int index_of_worker;
static int count_of_workers = 1;
static const char *folder = ".";
static const char *served_plugin;

void process_is(int worker_index, int worker_count, const char *data_dir)
{
    index_of_worker = worker_index;
    count_of_workers = worker_count;
    folder = data_dir;
}

void process_serves(const char *plugin)
{
    served_plugin = plugin;
}

const char *process_served(void)
{
    return served_plugin;
}

int pryv_worker_index(void)
{
    return index_of_worker;
}

int pryv_worker_count(void)
{
    return count_of_workers;
}

struct pryv_str pryv_data_dir(void)
{
    return pryv_str(folder);
}
