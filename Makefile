# pryvd. A new plugin is a new folder under plugins/; nothing here is edited for it.
#   make deps   install what the build needs (Debian)      make run    start it from here
#   make        build/pryvd, build/pryvctl, build/plugins   make test   everything that can be tested
MAKEFLAGS += --no-builtin-rules
SHELL     := /bin/bash
CC        ?= cc
PREFIX    ?= /usr/local
VERSION   := 2.0.0
SAN       ?=
comma     := ,
B         := build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))

PKGS      := jansson libevent libevent_openssl libevent_pthreads openssl libsodium yaml-0.1 zlib
CPPFLAGS  += -D_GNU_SOURCE -DPRYVD_VERSION='"$(VERSION)"' -Isdk/include -Ikernel
CFLAGS    ?= -O2 -g
ALLFLAGS  := -std=c11 -Wall -Wextra -Werror -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 -fvisibility=hidden \
             -fPIC -pthread -fno-strict-aliasing -fstack-protector-strong -fstack-clash-protection \
             $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=all,-D_FORTIFY_SOURCE=2)
LINKFLAGS := -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(if $(SAN),-fsanitize=$(SAN))
# AddressSanitizer has a crypt_r of its own in front of the real one, so that the linker thinks the library is not needed.
KERNEL_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -Wl,--push-state,--no-as-needed -lcrypt -Wl,--pop-state -ldl -lm

KERNEL    := $(patsubst %.c,$B/%.o,$(filter-out kernel/main.c,$(wildcard kernel/*.c)))
PLUGINS   := $(notdir $(patsubst %/,%,$(dir $(wildcard plugins/*/plugin.c))))
LIBS_storage-sqlite := -lsqlite3
LIBS_storage-pg     := -lpq
LIBS_storage-mongo  := $(shell pkg-config --libs libmongoc-1.0 2>/dev/null)
CPPFLAGS            += $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libpq libmongoc-1.0 2>/dev/null))
LIBS_api := -lpcre2-8

.DEFAULT_GOAL := all
.PHONY: all
all: $B/pryvd $B/pryvd-storage-check $(PLUGINS:%=$B/plugins/%.so)

# The kernel is a library; pryvd is its thin main. Only what sdk/pryvd.map names is visible to plugins.
$B/libpryvd.so: $(KERNEL) sdk/pryvd.map
	$(CC) $(LINKFLAGS) -shared -Wl,-soname,libpryvd.so -Wl,--version-script=sdk/pryvd.map -o $@ $(KERNEL) $(KERNEL_LIBS)
$B/pryvd: $B/kernel/main.o $B/libpryvd.so
	$(CC) $(LINKFLAGS) -Wl,-rpath,'$$ORIGIN:$$ORIGIN/../lib' -o $@ $< -L$B -lpryvd
# The storage conformance kit runs a plugin as third parties can: through the SDK alone.
$B/pryvd-storage-check: $(patsubst %.c,$B/%.o,$(wildcard sdk/kit/*.c)) $B/libpryvd.so
	$(CC) $(LINKFLAGS) -rdynamic -Wl,-rpath,'$$ORIGIN:$$ORIGIN/../lib' -o $@ $(filter %.o,$^) -L$B -lpryvd -ljansson -ldl -lm

# -z defs: a missing symbol fails here, not at dlopen (a sanitizer's own symbols come late, so not there).
define plugin
$B/plugins/$(1).so: $(patsubst %.c,$B/%.o,$(wildcard plugins/$(1)/*.c)) $B/libpryvd.so
	@mkdir -p $$(@D)
	$$(CC) $$(LINKFLAGS) -shared $(if $(SAN),,-Wl$(comma)-z$(comma)defs) -o $$@ $$(filter %.o,$$^) -L$B -lpryvd -ljansson $$(LIBS_$(1)) -lm
endef
$(foreach p,$(PLUGINS),$(eval $(call plugin,$p)))

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(ALLFLAGS) -MMD -MP -c -o $@ $<

include $(wildcard plugins/*/*.mk tests/*.mk tools/*.mk packaging/*.mk)
-include $(shell find $B -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf build
