/* plugin_choice.c - see plugin_choice.h. The macro leaves "pryv-plugin-chosen-by:SETTING\0USUAL\0VALUE\0" among the file's constants. */
#include "plugin_choice.h"
#include "plugin_mark.h"
#include <pryv/plugin.h>

struct plugin_choice plugin_choice_read(struct pryv_arena *mem, const char *path)
{
    const char *texts[3];

    if (!plugin_mark_read(mem, path, PRYV_PLUGIN_CHOICE_MARK, texts, PRYV_COUNT(texts)))
        return (struct plugin_choice){ NULL, NULL, NULL };
    return (struct plugin_choice){ .setting = texts[0], .usual = texts[1], .answers_to = texts[2] };
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
