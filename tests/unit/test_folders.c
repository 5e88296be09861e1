/* test_folders.c - folders that are made, read and removed, also by several at once. */
#include <criterion/criterion.h>
#include <pryv/folders.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char root[64];

static void set_up(void)
{
    snprintf(root, sizeof(root), "/tmp/test-folders-XXXXXX");
    cr_assert_not_null(mkdtemp(root));
}

static void tear_down(void)
{
    cr_assert_eq(pryv_tree_remove(root), 0);
    cr_assert_neq(access(root, F_OK), 0);
}

TestSuite(folders, .init = set_up, .fini = tear_down);

static char *below(char *out, size_t size, const char *name)
{
    snprintf(out, size, "%s/%s", root, name);
    return out;
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *file = fopen(below(path, sizeof(path), name), "we");

    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

Test(folders, made_with_those_above)
{
    char path[128];

    cr_assert_eq(pryv_folder_make(below(path, sizeof(path), "a/b/c")), 0);
    cr_assert_str_eq(path + strlen(root), "/a/b/c");
    cr_assert_eq(access(path, X_OK), 0);
    cr_assert_eq(pryv_folder_make(path), 0, "it is there already");
    write_file("a/file", "");
    cr_assert_eq(pryv_folder_make(below(path, sizeof(path), "a/file/x")), -1);
    cr_assert_eq(errno, ENOTDIR);
    cr_assert_eq(pryv_folder_make((char[]){ "" }), -1);
}

Test(folders, sizes_of_all_below)
{
    char path[128];
    uint64_t bytes = 1;

    cr_assert_eq(pryv_folder_make(below(path, sizeof(path), "a/b")), 0);
    write_file("a/three", "123");
    write_file("a/b/.four", "1234");
    cr_assert_eq(pryv_tree_bytes(root, &bytes), 0);
    cr_assert_eq(bytes, 8);
    cr_assert_eq(pryv_tree_bytes(below(path, sizeof(path), "nothing"), &bytes), 0);
    cr_assert_eq(bytes, 8);
}

Test(folders, links_go_and_not_what_they_lead_to)
{
    char tree[128], link[128], kept[128];

    cr_assert_eq(pryv_folder_make(below(tree, sizeof(tree), "tree")), 0);
    cr_assert_eq(pryv_folder_make(below(kept, sizeof(kept), "kept")), 0);
    write_file("kept/file", "x");
    cr_assert_eq(symlink(kept, below(link, sizeof(link), "tree/link")), 0);
    cr_assert_eq(pryv_tree_remove(tree), 0);
    cr_assert_neq(access(tree, F_OK), 0);
    cr_assert_eq(access(below(kept, sizeof(kept), "kept/file"), F_OK), 0);
    cr_assert_eq(pryv_tree_remove(tree), 0, "nothing is there");
}

Test(folders, empty_ones_go_up_to_the_root)
{
    char path[128], other[128];

    cr_assert_eq(pryv_folder_make(below(path, sizeof(path), "a/b/c")), 0);
    cr_assert_eq(pryv_folder_make(below(other, sizeof(other), "a/other")), 0);
    pryv_folders_remove_empty(path, root);
    cr_assert_neq(access(below(path, sizeof(path), "a/b"), F_OK), 0);
    cr_assert_eq(access(other, F_OK), 0);
    pryv_folders_remove_empty(other, root);
    cr_assert_neq(access(below(path, sizeof(path), "a"), F_OK), 0);
    cr_assert_eq(access(root, F_OK), 0);
}

/* Users whose folders share those above come and go at the same time. */
enum { ROUNDS = 1500, THREADS = 3 };
static atomic_int failures;

static void *come_and_go(void *name)
{
    char path[128], folder[32];

    snprintf(folder, sizeof(folder), "x/y/z/%s/sqlite", (const char *) name);
    for (int i = 0; i < ROUNDS; i++) {
        if (pryv_folder_make(below(path, sizeof(path), folder)) == -1 || access(path, F_OK) == -1)
            failures++;
        pryv_folders_remove_empty(path, root);
    }
    return NULL;
}

Test(folders, made_while_others_go)
{
    static char names[THREADS][2] = { "1", "2", "3" };
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, come_and_go, names[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    cr_assert_eq(failures, 0);
}
