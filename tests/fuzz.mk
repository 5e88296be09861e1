# Fuzz targets: tests/fuzz/fuzz_NAME.c, seeds in tests/fuzz/seeds/NAME/ (one input a file). Built apart, by clang, in build/fuzz.
# Warnings are the usual build's business (gcc). A line `// link: plugins/NAME` adds the objects of that folder, as for unit tests.
#   make fuzz [SECONDS=300] [TARGET=http1]     what is found stays in build/fuzz-found, and the corpus grows in build/fuzz-corpus
FUZZ_SOURCES := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_LINKS   := $(shell grep -HE '^// link: ' $(FUZZ_SOURCES) /dev/null | sed -E 's,:// link: ,:,')
fuzz_links_of = $(patsubst $(1):%,$B/tests/archives/%.a,$(filter $(1):%,$(FUZZ_LINKS)))
FUZZ_MAKE    := $(MAKE) --no-print-directory B=build/fuzz CC='clang -w -D__SANITIZE_ADDRESS__=1' SAN=fuzzer-no-link,address,undefined
SECONDS      ?= 300

.PHONY: fuzz fuzz-targets fuzz-programs
fuzz: fuzz-targets
	@tests/fuzz/run.sh $(SECONDS) $(TARGET)
fuzz-targets: deps deps-test
	@$(FUZZ_MAKE) -s -j$$(nproc) fuzz-programs
fuzz-programs: $(FUZZ_SOURCES:%.c=$B/%)
$B/tests/fuzz/%: $B/tests/fuzz/%.o $B/tests/archives/kernel.a
	$(CC) -fsanitize=fuzzer,address,undefined -pthread -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(UNIT_LIBS) -lpcre2-8
$(foreach source,$(FUZZ_SOURCES),$(eval $(source:%.c=$B/%): $(call fuzz_links_of,$(source))))
