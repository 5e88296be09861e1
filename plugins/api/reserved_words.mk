# Words that are no user names, beside the plugins: made of WordNet where that is installed (make deps). Without it only those that the plugin
# itself knows are reserved.
all: $B/reserved-words.txt
$B/reserved-words.txt: tools/reserved-words $(wildcard /usr/share/wordnet/index.noun)
	@mkdir -p $(@D)
	if [ -r /usr/share/wordnet/index.noun ]; then tools/reserved-words >$@; else : >$@; fi
