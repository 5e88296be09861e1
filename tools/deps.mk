# What must be on the machine, and starting the server from the checkout.
.PHONY: deps deps-test run
deps:
	@tools/install-deps.sh build
deps-test: deps
	@tools/install-deps.sh test

# The build is a make of its own: this one read its settings before the packages were there.
run: deps
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@exec $B/pryvd

# A missing library is told by its package, not by a compiler's error. Goals that bring packages are free of it.
NEEDS_NO_LIBRARY := deps deps-test run test test-tsan clean
ifneq ($(filter-out $(NEEDS_NO_LIBRARY),$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell pkg-config --exists $(PKGS) sqlite3 libpcre2-8 libcurl 2>/dev/null && echo found),found)
$(error missing packages: $(shell tools/install-deps.sh --list build | tr '\n' ' '); run `make deps`)
endif
endif
