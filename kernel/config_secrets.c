/* config_secrets.c - secrets that nobody set: made once, kept in secrets.yml of the data folder, readable by its owner only.
 * Whoever comes first makes one, master's check or worker, under a lock on the folder; all others read the same. */
#include "config.h"
#include "config_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <pryv/crypto.h>
#include <pryv/log.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_BYTES = 32 };

static const char heading[] =
    "# Secrets that pryvd made because the configuration did not set them. Keep this file with the data.\n";

static enum pryv_rc write_all(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, text, len);

        if (n == -1 && errno == EINTR)
            continue;
        if (n <= 0)
            return PRYV_FAILED;
        text += n;
        len -= (size_t) n;
    }
    return PRYV_OK;
}

static struct pryv_str file_text(struct config *config, const struct config_node *secrets)
{
    struct pryv_str text = pryv_str(heading);

    for (const struct config_node *secret = secrets->first; secret; secret = secret->next) {
        json_t *value = config_node_json(secret);
        char *quoted = json_dumps(value, JSON_ENCODE_ANY); /* JSON is YAML, whatever an operator put there */

        text = pryv_format(config->mem, "%s%s: %s\n", text.data, secret->key, quoted);
        free(quoted);
        json_decref(value);
    }
    return text;
}

/* Beside it first, then in its place, so that a crash leaves the old file or the new one. */
static enum pryv_rc save(struct config *config, int folder, const struct config_node *secrets)
{
    struct pryv_str text = file_text(config, secrets);
    int fd = openat(folder, "secrets.yml.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd == -1)
        return PRYV_FAILED;

    bool saved = fchmod(fd, 0600) == 0 && write_all(fd, text.data, text.len) == PRYV_OK && fsync(fd) == 0;

    if (close(fd) == -1 || !saved)
        return PRYV_FAILED;
    if (renameat(folder, "secrets.yml.new", folder, "secrets.yml") == -1 || fsync(folder) == -1)
        return PRYV_FAILED;
    return PRYV_OK;
}

static const char *new_secret(struct pryv_arena *mem)
{
    unsigned char bytes[SECRET_BYTES];
    char *text = pryv_alloc(mem, 2 * SECRET_BYTES + 1);

    pryv_random(bytes, sizeof(bytes));
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    explicit_bzero(bytes, sizeof(bytes));
    return text;
}

static const struct config_node *find_or_make(struct config *config, const char *name, const char *path, int folder)
{
    struct pryv_err err = PRYV_ERR(config->mem);
    struct config_node *secrets;
    enum pryv_rc rc = config_yaml_read(config->mem, path, &secrets, &err);

    if (rc == PRYV_NOT_FOUND) {
        secrets = config_node_new(config->mem, CONFIG_MAP, NULL, path);
    } else if (rc != PRYV_OK) {
        config_problem(config, "%s", err.message);
        return NULL;
    }

    struct config_node *secret = config_node_child(secrets, name, strlen(name));

    if (secret && (secret->kind != CONFIG_SCALAR || secret->text[0] == '\0')) {
        config_problem(config, "%s: %s: expected a text", secret->source, name);
        return NULL;
    }
    if (secret)
        return secret;
    secret = config_node_new(config->mem, CONFIG_SCALAR, pryv_cstr(config->mem, pryv_str(name)), path);
    secret->text = new_secret(config->mem);
    secret->quoted = true;
    config_node_append(secrets, secret);
    if (save(config, folder, secrets) != PRYV_OK) {
        config_problem(config, "%s: the secret %s cannot be kept: %s", path, name, strerror(errno));
        return NULL;
    }
    pryv_log_info("config", "made %s, which is not set; it is kept in %s", name, path);
    return secret;
}

const struct config_node *config_generated_secret(struct config *config, const char *name)
{
    const char *path = pryv_format(config->mem, "%s/secrets.yml", config->options->data_dir).data;
    int folder = open(config->options->data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder == -1 || flock(folder, LOCK_EX) == -1) {
        config_problem(config, "%s is not set, and %s cannot keep one: %s", name, path, strerror(errno));
        if (folder != -1)
            close(folder);
        return NULL;
    }

    const struct config_node *secret = find_or_make(config, name, path, folder);

    close(folder);
    return secret;
}
