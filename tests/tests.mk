# The tests. `make test` is everything; parts: make test-PART (tests/run.sh names them).
#
# A unit test is tests/unit/test_NAME.c, a criterion program of its own. It is linked with the kernel's objects
# (an archive: only what it uses, hidden symbols too). A line `// link: plugins/NAME` or `// link: sdk/kit` in it
# adds the objects of that folder.
UNIT_SOURCES := $(wildcard tests/unit/test_*.c)
UNIT         := $(UNIT_SOURCES:%.c=$B/%)
UNIT_LINKS   := $(shell grep -HE '^// link: ' $(UNIT_SOURCES) /dev/null | sed -E 's,:// link: ,:,')
links_of      = $(patsubst $(1):%,$B/tests/archives/%.a,$(filter $(1):%,$(UNIT_LINKS)))
UNIT_LIBS    := $(KERNEL_LIBS) -lsqlite3 -lpq -lpcre2-8

$B/tests/archives/%.a:
	@mkdir -p $(@D) && rm -f $@
	ar rcsD $@ $^
$B/tests/archives/kernel.a: $(KERNEL)
$(foreach folder,$(wildcard plugins/*) sdk/kit,$(eval \
  $B/tests/archives/$(folder).a: $(patsubst %.c,$B/%.o,$(filter-out %/main.c,$(wildcard $(folder)/*.c)))))

# Test code reports undefined behaviour and leaks of its own as well: same flags as what it tests. ThreadSanitizer's
# layout of memory leaves no room for criterion's sandbox, so there a main of ours runs the tests in one process.
CRITERION := $(if $(filter thread,$(SAN)),$B/tests/lib/plain_criterion.o,-lcriterion)
link_unit  = $(CC) $(LINKFLAGS) -o $@ $(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group
$B/tests/unit/test_%: $B/tests/unit/test_%.o $B/tests/archives/kernel.a $(filter %.o,$(CRITERION))
	$(link_unit) $(filter -l%,$(CRITERION)) $(UNIT_LIBS)
# A helper program of a test.
$B/tests/unit/%: $B/tests/unit/%.o $B/tests/archives/kernel.a
	$(link_unit) $(UNIT_LIBS)
$(foreach source,$(UNIT_SOURCES),$(eval $(source:%.c=$B/%): $(call links_of,$(source))))

# The example in memory with one fault at a time, which the kit must find (tests/parts/kit.sh).
EXAMPLE_MEMORY := $(filter-out %/plugin.c,$(wildcard sdk/examples/storage-memory/*.c))
$B/tests/kit/storage-broken.so: $(patsubst %.c,$B/%.o,$(wildcard tests/kit/*.c) $(EXAMPLE_MEMORY)) $B/libpryvd.so
	$(CC) $(LINKFLAGS) -shared -o $@ $(filter %.o,$^) -L$B -lpryvd -ljansson -lm

.PHONY: unit-tests test test-tsan
unit-tests: $(UNIT) $B/tests/unit/number_format_tool

# Tests that want a package which cannot be had here are skipped, and the summary tells it.
test: deps
	-@tools/install-deps.sh test
	@tests/run.sh
test-%: deps
	-@tools/install-deps.sh test
	@tests/run.sh $*
test-tsan: deps
	-@tools/install-deps.sh test
	@tests/run.sh --san thread unit kit api
