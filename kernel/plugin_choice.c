/* plugin_choice.c - see plugin_choice.h. The macro leaves "pryv-plugin-chosen-by:SETTING\0USUAL\0VALUE\0" among the file's constants. */
#include "plugin_choice.h"
#include <fcntl.h>
#include <pryv/plugin.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHOICE_TEXTS = 3, CHOICE_TEXT_MAX = 256 };

/* The texts behind the mark, each ended by NUL within reason. */
static bool read_texts(struct pryv_arena *mem, const char *at, const char *end, const char *texts[CHOICE_TEXTS])
{
    for (size_t i = 0; i < CHOICE_TEXTS; i++) {
        size_t room = (size_t) (end - at) < CHOICE_TEXT_MAX ? (size_t) (end - at) : CHOICE_TEXT_MAX;
        const char *stop = memchr(at, '\0', room);

        if (!stop)
            return false;
        texts[i] = pryv_cstr(mem, pryv_str_n(at, (size_t) (stop - at)));
        at = stop + 1;
    }
    return true;
}

static struct plugin_choice find_choice(struct pryv_arena *mem, const char *file, size_t size)
{
    const char *texts[CHOICE_TEXTS];
    size_t mark_len = strlen(PRYV_PLUGIN_CHOICE_MARK);
    const char *mark = memmem(file, size, PRYV_PLUGIN_CHOICE_MARK, mark_len);

    if (!mark || !read_texts(mem, mark + mark_len, file + size, texts))
        return (struct plugin_choice){ NULL, NULL, NULL };
    return (struct plugin_choice){ .setting = texts[0], .usual = texts[1], .answers_to = texts[2] };
}

struct plugin_choice plugin_choice_read(struct pryv_arena *mem, const char *path)
{
    struct plugin_choice choice = { NULL, NULL, NULL };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;

    if (fd == -1)
        return choice;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
        void *file = mmap(NULL, (size_t) info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

        if (file != MAP_FAILED) {
            choice = find_choice(mem, file, (size_t) info.st_size);
            munmap(file, (size_t) info.st_size);
        }
    }
    close(fd);
    return choice;
}

const char *plugin_choice_value(struct config *config, const struct plugin_choice *choice)
{
    const struct pryv_config_key key[] = {
        { .name = choice->setting, .type = PRYV_CONFIG_TEXT_T, .default_value = choice->usual },
        PRYV_CONFIG_END,
    };

    return config_text(config, key, choice->setting);
}

void plugin_choice_know(struct config *config, const struct plugin_choice *choice)
{
    struct pryv_arena *mem = config_arena(config);
    struct pryv_config_key *keys;

    if (!choice->setting)
        return;
    keys = pryv_new_array(mem, struct pryv_config_key, 2);
    keys[0] = (struct pryv_config_key){ .name = pryv_cstr(mem, pryv_str(choice->setting)),
                                        .type = PRYV_CONFIG_TEXT_T,
                                        .default_value = pryv_cstr(mem, pryv_str(choice->usual)) };
    config_know(config, "plugins", keys);
}

bool plugin_choice_made(struct config *config, const struct plugin_choice *choice)
{
    const char *value = choice->setting ? plugin_choice_value(config, choice) : NULL;

    return !choice->setting || (value && strcmp(value, choice->answers_to) == 0);
}
