# Programs beside pryvd.
PROGRAMS := pryvd-fetch
all: $(PROGRAMS:%=$B/%)

# Started by pryvd to read a document by its address, in a process of its own: only this one carries an HTTP client.
$B/pryvd-fetch: $B/tools/fetch.o
	$(CC) $(LINKFLAGS) -o $@ $^ -lcurl
