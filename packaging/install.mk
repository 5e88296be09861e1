# make install DESTDIR= PREFIX=    make uninstall    (configuration and data are never taken away)
SYSCONFDIR ?= /etc/pryvd
UNITDIR    ?= /lib/systemd/system
INSTALL    := install
SDK_HEADERS := $(wildcard sdk/include/pryv/*.h)
PLUGIN_DIR := $(PREFIX)/lib/pryvd/plugins
MAN_DIR    := $(PREFIX)/share/man/man1
MAN_PAGES  := $(wildcard packaging/man/*.1)
COMPLETION := $(PREFIX)/share/bash-completion/completions

.PHONY: install uninstall
install: all
	$(INSTALL) -d $(addprefix $(DESTDIR),$(PREFIX)/bin $(PREFIX)/lib/pkgconfig $(PLUGIN_DIR) $(PREFIX)/include/pryv $(SYSCONFDIR)/conf.d $(UNITDIR) $(MAN_DIR) $(COMPLETION))
	$(INSTALL) -m 755 $B/pryvd $(PROGRAMS:%=$B/%) $B/pryvd-storage-check $(DESTDIR)$(PREFIX)/bin/
	$(INSTALL) -m 644 $B/libpryvd.so $(DESTDIR)$(PREFIX)/lib/
	$(INSTALL) -m 644 $(PLUGINS:%=$B/plugins/%.so) $(DESTDIR)$(PLUGIN_DIR)/
	$(INSTALL) -m 644 $B/reserved-words.txt $(DESTDIR)$(PREFIX)/lib/pryvd/
	$(INSTALL) -m 644 $(SDK_HEADERS) $(DESTDIR)$(PREFIX)/include/pryv/
	sed -e 's,@PREFIX@,$(PREFIX),g' -e 's,@VERSION@,$(VERSION),g' packaging/pryvd-sdk.pc.in > $(DESTDIR)$(PREFIX)/lib/pkgconfig/pryvd-sdk.pc
	sed -e 's,@PREFIX@,$(PREFIX),g' -e 's,@SYSCONFDIR@,$(SYSCONFDIR),g' packaging/systemd/pryvd.service.in > $(DESTDIR)$(UNITDIR)/pryvd.service
	$(INSTALL) -m 644 $(MAN_PAGES) $(DESTDIR)$(MAN_DIR)/
	$B/pryvctl completion bash > $(DESTDIR)$(COMPLETION)/pryvctl
	for file in $(wildcard conf.d/*.yml); do \
	    [ -e $(DESTDIR)$(SYSCONFDIR)/$$file ] || $(INSTALL) -m 644 $$file $(DESTDIR)$(SYSCONFDIR)/$$file; done

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/bin/,pryvd $(PROGRAMS) pryvd-storage-check) $(DESTDIR)$(PREFIX)/lib/libpryvd.so
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/include/pryv/,$(notdir $(SDK_HEADERS))) $(PLUGINS:%=$(DESTDIR)$(PLUGIN_DIR)/%.so)
	rm -f $(DESTDIR)$(PREFIX)/lib/pryvd/reserved-words.txt $(DESTDIR)$(PREFIX)/lib/pkgconfig/pryvd-sdk.pc $(DESTDIR)$(UNITDIR)/pryvd.service
	rm -f $(addprefix $(DESTDIR)$(MAN_DIR)/,$(notdir $(MAN_PAGES))) $(DESTDIR)$(COMPLETION)/pryvctl
	-rmdir $(DESTDIR)$(PREFIX)/include/pryv $(DESTDIR)$(PLUGIN_DIR) $(DESTDIR)$(PREFIX)/lib/pryvd 2>/dev/null
