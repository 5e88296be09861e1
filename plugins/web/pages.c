/* pages.c - see pages.h. The assembler takes the files in, from the folder that the build runs in. */
#include "pages.h"
#include <pryv/crypto.h>

/* Name below /www/, file in pages/. The three pages are one document, which shows what its name asks for. */
#define FILES(_)                                               \
    _(sign_in, "sign-in.html", "sign-in.html")                 \
    _(register_, "register.html", "sign-in.html")              \
    _(reset, "reset-password.html", "sign-in.html")            \
    _(style, "style.css", "style.css")                         \
    _(main_js, "main.js", "main.js")                           \
    _(page_js, "page.js", "page.js")                           \
    _(texts_js, "texts.js", "texts.js")                        \
    _(api_js, "api.js", "api.js")                              \
    _(request_js, "request.js", "request.js")                  \
    _(sign_in_js, "sign-in.js", "sign-in.js")                  \
    _(consent_js, "consent.js", "consent.js")                  \
    _(register_js, "register.js", "register.js")               \
    _(reset_js, "reset-password.js", "reset-password.js")      \
    _(assets, "assets/index.json", "assets/index.json")        \
    _(assets_css, "assets/style.css", "assets/style.css")      \
    _(icon, "assets/icon.svg", "assets/icon.svg")              \
    _(button_html, "assets/button.html", "assets/button.html") \
    _(button_css, "assets/button.css", "assets/button.css")    \
    _(button_texts, "assets/button.json", "assets/button.json")

#define EMBED(symbol, name, file)                                                                                  \
    __asm__(".section .rodata\n"                                                                                   \
            "page_" #symbol ":\n.incbin \"plugins/web/pages/" file "\"\npage_" #symbol "_end:\n.byte 0\n.text\n"); \
    extern const char page_##symbol[] __attribute__((visibility("hidden")));                                       \
    extern const char page_##symbol##_end[] __attribute__((visibility("hidden")));
FILES(EMBED)

#define ENTRY(symbol, name, file) { name, page_##symbol, page_##symbol##_end },
static const struct {
    const char *name, *begin, *end;
} files[] = { FILES(ENTRY) };

enum { TAG_BYTES = 16, TAG_LEN = 2 * TAG_BYTES + 2 };
static char tags[PRYV_COUNT(files)][TAG_LEN + 1];

static struct pryv_str content_of(size_t i)
{
    return pryv_str_n(files[i].begin, (size_t) (files[i].end - files[i].begin));
}

void pages_start(void)
{
    for (size_t i = 0; i < PRYV_COUNT(files); i++) {
        unsigned char hash[PRYV_HASH_MAX];

        pryv_hash(PRYV_SHA256, content_of(i), hash);
        tags[i][0] = tags[i][TAG_LEN - 1] = '"';
        for (size_t k = 0; k < TAG_BYTES; k++) {
            tags[i][1 + 2 * k] = "0123456789abcdef"[hash[k] >> 4];
            tags[i][2 + 2 * k] = "0123456789abcdef"[hash[k] & 15];
        }
    }
}

bool page_find(struct pryv_str name, struct page *out)
{
    for (size_t i = 0; i < PRYV_COUNT(files); i++)
        if (pryv_str_equal(name, files[i].name)) {
            *out = (struct page){ content_of(i), pryv_str_n(tags[i], TAG_LEN) };
            return true;
        }
    return false;
}

static const struct {
    const char *ending, *type;
} types[] = {
    { ".html", "text/html; charset=utf-8" },
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".json", "application/json; charset=utf-8" },
    { ".txt", "text/plain; charset=utf-8" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".jpg", "image/jpeg" },
    { ".webp", "image/webp" },
    { ".ico", "image/x-icon" },
    { ".woff2", "font/woff2" },
};

const char *page_type(struct pryv_str name)
{
    for (size_t i = 0; i < PRYV_COUNT(types); i++) {
        size_t len = strlen(types[i].ending);

        if (name.len > len && memcmp(name.data + name.len - len, types[i].ending, len) == 0)
            return types[i].type;
    }
    return "application/octet-stream";
}
