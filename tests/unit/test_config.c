/* The configuration: YAML and its errors, the order of sources, types, secrets, unknown keys. */
#include "../../kernel/config.h"
#include "../../kernel/config_internal.h"
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct sample {
    bool on;
    int64_t port;
    double ratio;
    struct pryv_str name, mode, secret, made, needed;
    json_t *map;
};

static const struct pryv_config_key keys[] = {
    PRYV_CONFIG_BOOL(struct sample, on, "sample.on", "true", ""),
    PRYV_CONFIG_INT(struct sample, port, "sample.port", "3000", 0, 65535, ""),
    PRYV_CONFIG_NUMBER(struct sample, ratio, "sample.ratio", "0.5", 0, 1, ""),
    PRYV_CONFIG_TEXT(struct sample, name, "sample.name", NULL, 0, ""),
    PRYV_CONFIG_ONE_OF(struct sample, mode, "sample.mode", "fast", "fast|slow", ""),
    PRYV_CONFIG_TEXT(struct sample, secret, "sample.secret", NULL, PRYV_CONFIG_SECRET, ""),
    PRYV_CONFIG_JSON(struct sample, map, "sample.map", "{a: 1}", 0, ""),
    PRYV_CONFIG_END,
};

static const struct pryv_config_key made_keys[] = {
    PRYV_CONFIG_TEXT(struct sample, made, "sample.made", NULL, PRYV_CONFIG_SECRET | PRYV_CONFIG_GENERATED, ""),
    PRYV_CONFIG_END,
};

static const struct pryv_config_key engine_keys[] = {
    PRYV_CONFIG_TEXT(struct sample, name, "storages.engines.own.password", NULL, 0, ""),
    PRYV_CONFIG_END,
};

static const struct pryv_config_key needed_keys[] = {
    PRYV_CONFIG_TEXT(struct sample, needed, "sample.needed", NULL, PRYV_CONFIG_REQUIRED, "What it is."),
    PRYV_CONFIG_END,
};

/* A folder of its own for each test, and the log in a file of it. */
static char folder[] = "/tmp/pryvd-config-XXXXXX";

static const char *path(const char *name)
{
    static char text[4][256];
    static int at;

    at = (at + 1) % 4;
    snprintf(text[at], sizeof(text[at]), "%s/%s", folder, name);
    return text[at];
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path(name), "w");

    cr_assert_not_null(file);
    cr_assert(fputs(text, file) >= 0);
    cr_assert_eq(fclose(file), 0);
}

static const char *read_whole(const char *name)
{
    static char text[16384];
    int fd = open(path(name), O_RDONLY);
    ssize_t len = fd == -1 ? 0 : read(fd, text, sizeof(text) - 1);

    if (fd != -1)
        close(fd);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

static void setup(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(mkdir(path("conf.d"), 0700), 0);
    int fd = open(path("log"), O_WRONLY | O_CREAT | O_APPEND, 0600);

    cr_assert_neq(fd, -1);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void teardown(void)
{
    static const char *const files[] = { "log",          "one.yml",           "secret", "secrets.yml", "conf.d/a.yml",
                                         "conf.d/b.yml", "conf.d/skipped.txt" };

    for (size_t i = 0; i < PRYV_COUNT(files); i++)
        unlink(path(files[i]));
    rmdir(path("conf.d"));
    rmdir(folder);
}

#define CONFIG_TEST(name) Test(config, name, .init = setup, .fini = teardown)

struct setup {
    char *file;
    struct option_setting setting;
    struct options options;
};

/* conf.d, optionally one.yml, optionally one --set. */
static const struct options *options_of(struct setup *with, const char *file, const char *key, const char *value)
{
    with->file = file ? strdup(path(file)) : NULL;
    with->setting = (struct option_setting){ key ? strdup(key) : NULL, value ? strdup(value) : NULL, false };
    with->options = (struct options){ .conf_dir = strdup(path("conf.d")),
                                      .data_dir = strdup(folder),
                                      .config_files = &with->file,
                                      .config_count = file ? 1 : 0,
                                      .settings = &with->setting,
                                      .setting_count = key ? 1 : 0 };
    return &with->options;
}

static void forget(struct setup *with)
{
    free(with->file);
    free(with->setting.key);
    free(with->setting.value);
    free(with->options.conf_dir);
    free(with->options.data_dir);
}

static enum pryv_rc fill(struct config *config, const struct pryv_config_key *table, struct sample *sample)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);

    config_know(config, "sample", table);
    enum pryv_rc rc = config_fill(config, table, sample, &err);

    pryv_arena_free(mem);
    return rc;
}

static struct config *load(const struct options *options)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct config *config = NULL;

    if (config_load(options, &config, &err) != PRYV_OK)
        config = NULL;
    pryv_arena_free(mem);
    return config;
}

static enum pryv_rc review(struct config *config)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    enum pryv_rc rc = config_review(config, &err);

    pryv_arena_free(mem);
    return rc;
}

CONFIG_TEST(yaml_is_read_or_refused_with_its_line)
{
    static const struct {
        const char *yaml;
        const char *json; /* NULL: refused, and the message has `says` */
        const char *says;
    } cases[] = {
        { "", "{}", NULL },
        { "# nothing\n", "{}", NULL },
        { "a: 1\nb: {c: [x, 2.5, true, ~, \"3\"]}\n", "{\"a\":1,\"b\":{\"c\":[\"x\",2.5,true,null,\"3\"]}}", NULL },
        { "{\"a\": \"json is yaml\"}", "{\"a\":\"json is yaml\"}", NULL },
        { "a: yes\nb: off\nc: 0x10\nd: 1_000\n", "{\"a\":\"yes\",\"b\":\"off\",\"c\":\"0x10\",\"d\":\"1_000\"}",
          NULL }, /* YAML 1.2 */
        { "a: !!str 12\n", "{\"a\":\"12\"}", NULL },
        { "a: |\n  one\n  two\n", "{\"a\":\"one\\ntwo\\n\"}", NULL },
        { "a: 99999999999999999999\n", "{\"a\":1e20}", NULL }, /* over 64 bits: a number all the same */
        { "a: &x [1]\nb: *x\n", NULL, "f.yml:2: aliases" },
        { "a: *@http://localhost*\n", NULL, "f.yml:1:" }, /* a star begins an alias */
        { "a: 1\n\na: 2\n", NULL, "f.yml:3: the key \"a\" is there already" },
        { "a: 1\n---\nb: 2\n", NULL, "f.yml:2: one document" },
        { "a: !!binary aGk=\n", NULL, "f.yml:1: tags" },
        { "? [1]\n: 2\n", NULL, "f.yml:1: a key must be a text" },
        { "a: \"x\\0y\"\n", NULL, "f.yml:1: a text with a NUL" },
        { "a:\n  - b\n c: d\n", NULL, "f.yml:3:" },
        { "a: \xff\n", NULL, "f.yml: byte 3" },
        { "\"\": 1\n", NULL, "f.yml:1: a key must not be empty" },
        { "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", NULL, "f.yml:1: nested too deep" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct pryv_arena *mem = pryv_arena_new();
        struct pryv_err err = PRYV_ERR(mem);
        struct config_node *node = NULL;
        enum pryv_rc rc = config_yaml_parse(mem, pryv_str(cases[i].yaml), "f.yml", &node, &err);

        cr_assert_eq(rc == PRYV_OK, cases[i].json != NULL, "case %zu: %s", i, rc == PRYV_OK ? "accepted" : err.message);
        if (cases[i].json) {
            json_t *value = config_node_json(node), *wanted = json_loads(cases[i].json, 0, NULL);

            cr_assert(json_equal(value, wanted), "case %zu: %s", i, cases[i].yaml);
            json_decref(value);
            json_decref(wanted);
        } else {
            cr_assert(strstr(err.message, cases[i].says), "case %zu: %s", i, err.message);
        }
        pryv_arena_free(mem);
    }
}

CONFIG_TEST(too_many_values_are_refused)
{
    struct pryv_arena *mem = pryv_arena_new();
    struct pryv_err err = PRYV_ERR(mem);
    struct config_node *node;
    size_t len = 60001;
    char *text = malloc(len + 1);

    cr_assert_not_null(text);
    for (size_t i = 0; i < len; i++)
        text[i] = i % 2 ? '1' : ',';
    text[0] = '[';
    text[len - 1] = ']';
    cr_assert_eq(config_yaml_parse(mem, pryv_str_n(text, len), "f.yml", &node, &err), PRYV_REFUSED);
    cr_assert(strstr(err.message, "too many values"));
    free(text);
    pryv_arena_free(mem);
}

CONFIG_TEST(the_later_source_is_the_stronger)
{
    struct setup with;
    struct sample sample;
    struct config *config;

    write_file("conf.d/a.yml", "sample: {port: 1, ratio: 0.1, name: a, mode: slow, map: {x: 1, y: [1, 2]}}\n");
    write_file("conf.d/b.yml", "sample: {port: 2, ratio: 0.2, map: {y: [3]}}\n");
    write_file("conf.d/skipped.txt", "sample: {port: 99}\n");
    write_file("one.yml", "sample: {port: 3, ratio: 0.3}\n");
    setenv("PRYVD_SAMPLE__PORT", "4", 1);
    setenv("PRYVD_SAMPLE__RATIO", "0.4", 1);
    setenv("sample__ratio", "0.9", 1); /* the reference's form is weaker than ours */
    setenv("PRYVD_SAMPLE__MAP__X", "{\"deep\": true}", 1);
    config = load(options_of(&with, "one.yml", "sample.port", "5"));
    cr_assert_not_null(config);
    cr_assert_eq(fill(config, keys, &sample), PRYV_OK);
    cr_assert_eq(sample.port, 5);
    cr_assert_float_eq(sample.ratio, 0.4, 1e-9);
    cr_assert_str_eq(sample.name.data, "a");
    cr_assert_str_eq(sample.mode.data, "slow");
    cr_assert(sample.on, "the default");

    json_t *wanted = json_loads("{\"x\":{\"deep\":true},\"y\":[3]}", 0, NULL);

    cr_assert(json_equal(sample.map, wanted), "maps merge, lists are replaced");
    json_decref(wanted);
    config_free(config);
    forget(&with);
}

CONFIG_TEST(values_are_typed_by_their_key)
{
    static const struct {
        const char *yaml;
        const char *says; /* NULL: fits */
    } cases[] = {
        { "sample: {port: 65535}", NULL },
        { "sample: {port: 65536}", "one.yml:1: sample.port: expected a whole number from 0 to 65535, found \"65536\"" },
        { "sample: {port: 3.5}", "found \"3.5\"" },
        { "sample: {port: \"3000\"}", "found the text \"3000\"" },
        { "sample: {port: [3000]}", "found a list" },
        { "sample: {port: 99999999999999999999}", "sample.port" },
        { "sample:\n  on: yes", "one.yml:2: sample.on: expected true or false, found \"yes\"" },
        { "sample: {on: \"true\"}", "sample.on" },
        { "sample: {ratio: 1.5}", "a number from 0 to 1" },
        { "sample: {ratio: .inf}", "sample.ratio" },
        { "sample: {ratio: 1e-3}", NULL },
        { "sample: {name: 20260611}", NULL }, /* a text may look like a number */
        { "sample: {name: {a: b}}", "expected a text, found a map" },
        { "sample: {mode: medium}", "expected one of fast|slow, found \"medium\"" },
        { "sample: {mode: fas}", "sample.mode" },
        { "sample: {port: null, mode: ~}", NULL }, /* as if absent */
        { "sample: {secret: [hidden]}", "sample.secret: expected a text" },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct setup with;
        struct sample sample;
        struct config *config;

        cr_assert_eq(truncate(path("log"), 0), 0);
        write_file("one.yml", cases[i].yaml);
        config = load(options_of(&with, "one.yml", NULL, NULL));
        cr_assert_not_null(config);
        enum pryv_rc rc = fill(config, keys, &sample);

        cr_assert_eq(rc == PRYV_OK, cases[i].says == NULL, "case %zu: %s", i, read_whole("log"));
        if (cases[i].says)
            cr_assert(strstr(read_whole("log"), cases[i].says), "case %zu: %s", i, read_whole("log"));
        cr_assert_null(strstr(read_whole("log"), "hidden"));
        config_free(config);
        forget(&with);
    }
}

CONFIG_TEST(options_are_json_or_text_by_the_type_of_the_key)
{
    static const struct {
        const char *key, *value, *name; /* name: what sample.name becomes */
        bool fits;
    } cases[] = {
        { "sample.name", "20260611", "20260611", true },
        { "sample.name", "true", "true", true },
        { "sample.name", "*@http://localhost*", "*@http://localhost*", true },
        { "sample.name", "[not json", "[not json", true },
        { "sample.name", "[\"json\"]", "[\"json\"]", true },
        { "sample.name", "\"quoted\"", "quoted", true },
        { "sample.name", "null", NULL, true },
        { "sample.name", "", NULL, true },
        { "sample.port", "80", NULL, true },
        { "sample.port", "eighty", NULL, false },
        { "sample.on", "false", NULL, true },
        { "sample.on", "\"false\"", NULL, false },
        { "sample.map", "{\"a\":[1,{\"b\":null}]}", NULL, true },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct setup with;
        struct sample sample;
        struct config *config = load(options_of(&with, NULL, cases[i].key, cases[i].value));

        cr_assert_not_null(config);
        cr_assert_eq(fill(config, keys, &sample) == PRYV_OK, cases[i].fits, "case %zu", i);
        cr_assert(cases[i].name ? pryv_str_equal(sample.name, cases[i].name) : !sample.name.data, "case %zu: %.*s", i,
                  PRYV_STR_ARG(sample.name));
        config_free(config);
        forget(&with);
    }
}

CONFIG_TEST(all_problems_are_told_at_once)
{
    struct setup with;
    struct sample sample;
    struct config *config;

    write_file("one.yml", "sample:\n  port: x\n  on: 3\n  mode: none\n");
    config = load(options_of(&with, "one.yml", NULL, NULL));
    cr_assert_neq(fill(config, keys, &sample), PRYV_OK);
    cr_assert(strstr(read_whole("log"), "one.yml:2: sample.port"));
    cr_assert(strstr(read_whole("log"), "one.yml:3: sample.on"));
    cr_assert(strstr(read_whole("log"), "one.yml:4: sample.mode"));
    config_free(config);
    forget(&with);
}

CONFIG_TEST(files_that_cannot_be_read_stop_the_start)
{
    struct setup with;

    cr_assert_null(load(options_of(&with, "absent.yml", NULL, NULL)));
    cr_assert(strstr(read_whole("log"), "absent.yml: No such file"));
    forget(&with);
    write_file("one.yml", "- a list\n");
    cr_assert_null(load(options_of(&with, "one.yml", NULL, NULL)));
    cr_assert(strstr(read_whole("log"), "expected a map"));
    forget(&with);
    write_file("conf.d/a.yml", "a: [1\n");
    cr_assert_null(load(options_of(&with, NULL, NULL, NULL)));
    cr_assert(strstr(read_whole("log"), "conf.d/a.yml:"));
    forget(&with);
}

CONFIG_TEST(required_and_placeholders)
{
    static const struct {
        const char *yaml;
        bool filled, reviewed;
    } cases[] = {
        { "sample: {needed: x}", true, true },
        { "sample: {needed: \"\"}", false, true },
        { "sample: {}", false, true },
        { "sample: {needed: REPLACE_ME}", false, false },
        { "sample: {needed: OVERRIDE ME}", false, false },
        { "sample: {needed: CHANGE_ME_1}", false, false },
        { "sample: {needed: \"${SECRET}\"}", false, false },
        { "sample: {needed: \"$5 {x} ${}\"}", true, true }, /* no name: not a placeholder */
        { "sample: {needed: x, other: {active: false, y: REPLACE}}", true, true },
        { "sample: {needed: x, other: {enabled: true, y: [REPLACE]}}", true, false },
    };

    for (size_t i = 0; i < PRYV_COUNT(cases); i++) {
        struct setup with;
        struct sample sample;
        struct config *config;

        write_file("one.yml", cases[i].yaml);
        config = load(options_of(&with, "one.yml", NULL, NULL));
        cr_assert_not_null(config);
        cr_assert_eq(fill(config, needed_keys, &sample) == PRYV_OK, cases[i].filled, "case %zu: %s", i, cases[i].yaml);
        cr_assert_eq(review(config) == PRYV_OK, cases[i].reviewed, "case %zu: %s", i, cases[i].yaml);
        config_free(config);
        forget(&with);
    }
}

CONFIG_TEST(unknown_keys_are_warned_about_with_the_nearest)
{
    struct setup with;
    struct sample sample;
    struct config *config;

    write_file("one.yml", "sample:\n  prot: 3\n  map: {anything: 1}\n  secretFile: null\ncompletely: {different: 1}\n"
                          "sample.port: 4\ndns: {port: 53}\nstorages: {engines: {own: {pasword: x, pool: 3}}}\n");
    setenv("PRYVD_SAMPLE__MOOD", "x", 1);
    setenv("PRYVD_BIN", "/not/a/setting", 1);
    config = load(options_of(&with, "one.yml", NULL, NULL));
    cr_assert_eq(fill(config, keys, &sample), PRYV_OK);
    cr_assert_eq(fill(config, engine_keys, &sample), PRYV_OK);
    cr_assert_eq(review(config), PRYV_OK);

    const char *log = read_whole("log");

    cr_assert(strstr(log, "one.yml:2: unknown setting sample.prot; did you mean sample.port?"), "%s", log);
    cr_assert(strstr(log, "one.yml:5: unknown setting completely\n"), "%s", log);
    cr_assert(strstr(log, "one.yml:6: \"sample.port\" has no effect"), "%s", log);
    cr_assert(strstr(log, "no effect here: dns.port ("), "%s", log);
    cr_assert(strstr(log, ", storages.engines.own.pool ("), "%s", log);
    cr_assert(strstr(log, "one.yml:8: unknown setting storages.engines.own.pasword; did you mean storages.engines.own.password?"),
              "%s", log);
    cr_assert(strstr(log, "environment PRYVD_SAMPLE__MOOD: unknown setting; did you mean sample.mode?"), "%s", log);
    cr_assert_null(strstr(log, "anything"));
    cr_assert_null(strstr(log, "PRYVD_BIN"));
    config_free(config);
    forget(&with);
}

CONFIG_TEST(secrets_come_from_files_and_are_masked)
{
    struct setup with;
    struct sample sample;
    struct config *config;
    FILE *shown = tmpfile();
    char text[4096];

    write_file("secret", "s3cret\n");
    write_file("one.yml", "sample: {map: {apiPassword: hush, x: [1]}}\n");
    config = load(options_of(&with, "one.yml", "sample.secretFile", path("secret")));
    cr_assert_eq(fill(config, keys, &sample), PRYV_OK);
    cr_assert_str_eq(sample.secret.data, "s3cret");
    config_print(config, shown);
    rewind(shown);
    text[fread(text, 1, sizeof(text) - 1, shown)] = '\0';
    fclose(shown);
    cr_assert_null(strstr(text, "s3cret"));
    cr_assert_null(strstr(text, "hush"));
    cr_assert(strstr(text, "  port: 3000  # default\n"), "%s", text);
    cr_assert(strstr(text, "one.yml:1\n"), "%s", text);
    config_free(config);
    forget(&with);

    config = load(options_of(&with, NULL, "sample.secretFile", "/nonexistent"));
    cr_assert_neq(fill(config, keys, &sample), PRYV_OK);
    config_free(config);
    forget(&with);
}

CONFIG_TEST(a_secret_is_made_once)
{
    char first[128];

    for (int i = 0; i < 2; i++) {
        struct setup with;
        struct sample sample;
        struct config *config = load(options_of(&with, NULL, NULL, NULL));
        struct stat info;

        cr_assert_eq(fill(config, made_keys, &sample), PRYV_OK);
        cr_assert_eq(sample.made.len, 64);
        if (i == 0)
            snprintf(first, sizeof(first), "%s", sample.made.data);
        cr_assert_str_eq(sample.made.data, first);
        cr_assert_eq(stat(path("secrets.yml"), &info), 0);
        cr_assert_eq(info.st_mode & 0777, 0600);
        cr_assert_null(strstr(read_whole("log"), first), "a secret in the log");
        config_free(config);
        forget(&with);
    }
}
