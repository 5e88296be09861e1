/* custom_auth.c - a custom authentication step that the configuration asks for must be there: a server that lets everybody through
 * without it would be worse than none. The step itself is a plugin (pryv_hook.access) that provides the interface "customAuth";
 * sdk/examples/custom-auth is a complete one. */
#include "api.h"
#include <unistd.h>

static bool is_file(struct pryv_arena *mem, struct pryv_str folder, const char *name)
{
    return access(pryv_format(mem, "%.*s/%s", PRYV_STR_ARG(folder), name).data, F_OK) == 0;
}

/* Configured by its path, or found by its name in the folder of extensions, as operators of the reference know it. */
static bool is_asked_for(struct pryv_arena *mem, const struct api_config *config)
{
    return config->custom_auth_step.len ||
           (config->extensions_folder.len && (is_file(mem, config->extensions_folder, "customAuthStepFn.js") ||
                                              is_file(mem, config->extensions_folder, "customAuthStepFn")));
}

enum pryv_rc custom_auth_check(const struct api_config *config, struct pryv_err *err)
{
    if (!is_asked_for(err->arena, config) || pryv_interface("customAuth", 1))
        return PRYV_OK;
    return pryv_fail(err, PRYV_FAILED,
                     "customExtensions.customAuthStepFn asks for a custom authentication step, but no plugin is one (interface "
                     "customAuth 1); see sdk/examples/custom-auth");
}
