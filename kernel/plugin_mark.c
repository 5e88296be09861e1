/* plugin_mark.c - see plugin_mark.h. */
#include "plugin_mark.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 256 };

/* Each ended by NUL within reason. */
static bool read_texts(struct pryv_arena *mem, const char *at, const char *end, const char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t room = (size_t) (end - at) < TEXT_MAX ? (size_t) (end - at) : TEXT_MAX;
        const char *stop = memchr(at, '\0', room);

        if (!stop)
            return false;
        texts[i] = pryv_cstr(mem, pryv_str_n(at, (size_t) (stop - at)));
        at = stop + 1;
    }
    return true;
}

static bool find_texts(struct pryv_arena *mem, const char *file, size_t size, const char *mark, const char **texts, size_t count)
{
    size_t len = strlen(mark);
    const char *at = memmem(file, size, mark, len);

    return at && read_texts(mem, at + len, file + size, texts, count);
}

bool plugin_mark_read(struct pryv_arena *mem, const char *path, const char *mark, const char **texts, size_t count)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    bool found = false;

    if (fd == -1)
        return false;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
        void *file = mmap(NULL, (size_t) info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (file != MAP_FAILED) {
            found = find_texts(mem, file, (size_t) info.st_size, mark, texts, count);
            munmap(file, (size_t) info.st_size);
        }
    }
    close(fd);
    return found;
}
