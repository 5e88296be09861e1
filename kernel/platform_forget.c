/* platform_forget.c - deleting values of the platform by the beginning of their keys. */
#include <pryv/platform.h>

enum { AT_ONCE = 100 };

/* The keys that come first; `*last`: these were all. */
static enum pryv_rc forget_some(const struct pryv_platform_ops *platform, void *self, struct pryv_str prefix, bool *last,
                                struct pryv_err *err)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_str *keys, *values;
    size_t count = 0;
    enum pryv_rc rc = platform->values_list(self, mem, prefix, PRYV_STR_NONE, AT_ONCE, &keys, &values, &count, err);

    for (size_t i = 0; rc == PRYV_OK && i < count; i++)
        rc = platform->value_delete(self, keys[i], err);
    *last = count < AT_ONCE;
    pryv_arena_free(mem);
    return rc;
}

enum pryv_rc pryv_platform_forget(const struct pryv_platform_ops *platform, void *platform_self, struct pryv_str prefix,
                                  struct pryv_err *err)
{
    bool last = false;
    enum pryv_rc rc = PRYV_OK;

    while (rc == PRYV_OK && !last)
        rc = forget_some(platform, platform_self, prefix, &last, err);
    return rc;
}
