# make bench [CASE=events-get]: a case by name, or all of them.
BENCH_TOOLS := $(patsubst tests/bench/%.c,build/bench/%,$(wildcard tests/bench/*.c)) build/bench/load
.PHONY: bench bench-engines
bench: all deps-test $(BENCH_TOOLS)
	@node tests/bench/run.mjs $(CASE:%=--case %)
# The same cases on every storage, side by side.
bench-engines: all deps-test $(BENCH_TOOLS)
	@node tests/bench/engines.mjs $(CASE:%=--case %)
build/bench/%: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -O2 -g -std=c11 -Wall -Wextra -Werror -o $@ $< -levent -lsqlite3
build/bench/load: $(wildcard tests/bench/load/*.c) $(wildcard tests/bench/load/*.h)
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -O2 -g -std=c11 -Wall -Wextra -Werror -o $@ $(filter %.c,$^)
# Uses the SDK, as a plugin does.
build/bench/json_write: tests/bench/json_write.c build/libpryvd.so
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -O2 -g -std=c11 -Wall -Wextra -Werror -o $@ $< -Lbuild -lpryvd -Wl,-rpath,'$$ORIGIN/..' -lm
