/* search.c - see search.h. */
#include "search.h"
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_in_file(int fd, size_t size, struct pryv_str text)
{
    if (size == 0)
        return false;

    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

    if (bytes == MAP_FAILED)
        return false;

    bool found = memmem(bytes, size, text.data, text.len) != NULL;

    munmap(bytes, size);
    return found;
}

/* Files may come and go while the engine works: what cannot be opened is gone. */
static bool is_in(const char *path, struct pryv_str text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    bool found = false;

    if (fd == -1)
        return false;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode))
        found = is_in_file(fd, (size_t) info.st_size, text);
    close(fd);
    return found;
}

static const char *search_folder(struct check *c, const char *folder, struct pryv_str text)
{
    DIR *dir = opendir(folder);
    const char *found = NULL;
    const struct dirent *entry;

    while (dir && !found && (entry = readdir(dir))) {
        struct pryv_str name = pryv_str(entry->d_name), path = kit_text(c, "%s/%s", folder, entry->d_name);

        if (pryv_str_equal(name, ".") || pryv_str_equal(name, ".."))
            continue;
        if (memmem(name.data, name.len, text.data, text.len))
            found = path.data;
        else if (entry->d_type == DT_DIR)
            found = search_folder(c, path.data, text);
        else if (is_in(path.data, text))
            found = path.data;
    }
    if (dir)
        closedir(dir);
    return found;
}

void search_task(struct check *c, const char *folder, const char *text)
{
    const char *found = search_folder(c, folder, pryv_str(text));

    if (found)
        kit_say("%s", found);
}

const char *search_data(struct check *c, const char *name, struct pryv_str text)
{
    struct kit_child *child = kit_child(c, name, SEARCH_TASK, text.data);
    struct pryv_str line = kit_child_line(c, child);

    kit_child_end(c, child);
    return line.data;
}
