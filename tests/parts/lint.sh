exec tools/lint.sh
