# The pages are in the object that embeds them, where the compiler does not see them as what it depends on.
$B/plugins/web/pages.o: $(wildcard plugins/web/pages/* plugins/web/pages/*/*)
