/* flush.c - stands in front of the system's functions that flush a file, and counts. The linker finds those of the program before those
 * of libraries, so that the plugin's database calls these (see -rdynamic in the Makefile). */
#include "flush.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <pryv/base.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_uint_fast64_t flushes;

uint64_t flush_count(void)
{
    return flushes;
}

/* POSIX gives no other way from an object's address to a function's. */
static void find(const char *name, void *function)
{
    void *address = dlsym(RTLD_NEXT, name);

    memcpy(function, &address, sizeof(address));
}

PRYV_EXPORT int fsync(int fd)
{
    int (*real)(int fd) = NULL;

    find("fsync", &real);
    flushes++;
    return real(fd);
}

PRYV_EXPORT int fdatasync(int fd)
{
    int (*real)(int fd) = NULL;

    find("fdatasync", &real);
    flushes++;
    return real(fd);
}

PRYV_EXPORT int msync(void *address, size_t size, int flags)
{
    int (*real)(void *address, size_t size, int flags) = NULL;

    find("msync", &real);
    flushes++;
    return real(address, size, flags);
}
