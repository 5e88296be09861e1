# Programs beside pryvd.
PROGRAMS := pryvctl pryvd-fetch
all: $(PROGRAMS:%=$B/%)

# The operator's command line, over the data in its own process.
$B/pryvctl: $(patsubst %.c,$B/%.o,$(wildcard tools/pryvctl/*.c)) $B/libpryvd.so
	$(CC) $(LINKFLAGS) -Wl,-rpath,'$$ORIGIN:$$ORIGIN/../lib' -o $@ $(filter %.o,$^) -L$B -lpryvd -ljansson

# Started by pryvd for one call to another server (HTTP, SMTP), in a process of its own: only this one carries a client library.
$B/pryvd-fetch: $B/tools/fetch.o
	$(CC) $(LINKFLAGS) -o $@ $^ -lcurl
