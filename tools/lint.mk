.PHONY: lint docs
lint: deps-test
	@tools/lint.sh
docs: all
	@tools/document.sh
