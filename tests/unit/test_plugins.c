/* Plugins: the order in which they start, and the interfaces they give to each other. */
#include "../../kernel/interface.h"
#include "../../kernel/plugin_order.h"
#include <criterion/criterion.h>
#include <stdio.h>

enum { MOST = 4 };

static const struct pryv_interface_ref storage[] = { { "storage", 1 }, { NULL, 0 } };
static const struct pryv_interface_ref storage2[] = { { "storage", 2 }, { NULL, 0 } };
static const struct pryv_interface_ref files[] = { { "files", 1 }, { NULL, 0 } };
static const struct pryv_interface_ref both[] = { { "storage", 1 }, { "files", 1 }, { NULL, 0 } };

static struct pryv_plugin plugin(const char *name, const struct pryv_interface_ref *provides,
                                 const struct pryv_interface_ref *needs)
{
    return (struct pryv_plugin){ PRYV_PLUGIN_HEAD, .name = name, .provides = provides, .requires_ = needs };
}

/* The names in the order they start, "" when refused. */
static const char *order_of(struct pryv_plugin *plugins, size_t count)
{
    static char names[256];
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    const struct pryv_plugin *list[MOST];

    for (size_t i = 0; i < count; i++)
        list[i] = &plugins[i];
    names[0] = '\0';
    if (plugins_order(list, count, &err) == PRYV_OK)
        for (size_t i = 0; i < count; i++)
            snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s ", list[i]->name);
    pryv_arena_free(mem);
    return names;
}

Test(plugins, whoever_provides_comes_first)
{
    struct pryv_plugin plugins[] = { plugin("a", NULL, both), plugin("b", files, storage), plugin("c", storage, NULL),
                                     plugin("d", NULL, NULL) };

    cr_assert_str_eq(order_of(plugins, 4), "c b a d ");
    cr_assert_str_eq(order_of(plugins, 0), "");
}

Test(plugins, order_is_otherwise_kept)
{
    struct pryv_plugin plugins[] = { plugin("a", NULL, NULL), plugin("b", storage, NULL), plugin("c", NULL, storage) };

    cr_assert_str_eq(order_of(plugins, 3), "a b c ");
}

Test(plugins, what_does_not_fit_is_refused)
{
    static const struct {
        const char *why;
        const char *second_name;
        const struct pryv_interface_ref *provides[2], *needs[2];
    } cases[] = {
        { "two of a name", "a", { NULL, NULL }, { NULL, NULL } },
        { "two providers", "b", { storage, both }, { NULL, NULL } },
        { "two providers, even of other versions", "b", { storage, storage2 }, { NULL, NULL } },
        { "nobody provides it", "b", { storage, NULL }, { NULL, files } },
        { "another version", "b", { storage, NULL }, { NULL, storage2 } },
        { "a circle", "b", { storage, files }, { files, storage } },
        { "a circle of one", "b", { NULL, storage }, { NULL, storage } },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_plugin plugins[] = { plugin("a", cases[i].provides[0], cases[i].needs[0]),
                                         plugin(cases[i].second_name, cases[i].provides[1], cases[i].needs[1]) };

        cr_assert_str_empty(order_of(plugins, 2), "%s was accepted", cases[i].why);
    }
}

Test(plugins, only_what_is_named_can_be_provided)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct pryv_plugin one = plugin("one", storage, NULL), two = plugin("two", storage, NULL);
    static const int ops;

    cr_assert_neq(pryv_provide("storage", 1, &ops, NULL, &err), PRYV_OK, "outside of init");
    interface_begin(&one);
    cr_assert_neq(interface_end(&err), PRYV_OK, "named, not provided");
    interface_begin(&one);
    cr_assert_neq(pryv_provide("files", 1, &ops, NULL, &err), PRYV_OK);
    cr_assert_neq(pryv_provide("storage", 2, &ops, NULL, &err), PRYV_OK);
    cr_assert_eq(pryv_provide("storage", 1, &ops, &one, &err), PRYV_OK);
    cr_assert_eq(interface_end(&err), PRYV_OK);
    interface_begin(&two);
    cr_assert_eq(pryv_provide("storage", 1, &ops, NULL, &err), PRYV_CONFLICT);
    cr_assert_eq(pryv_interface("storage", 1)->self, &one);
    cr_assert_null(pryv_interface("storage", 2));
    cr_assert_null(pryv_interface("files", 1));
    interface_clear();
    cr_assert_null(pryv_interface("storage", 1));
    pryv_arena_free(mem);
}
