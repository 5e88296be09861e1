# Documents that tell what the program says are told by the program: docs/configuration.md is today's, README's calls work.
set -uo pipefail
passed=0 failed=0
result() {
    if [ "$1" = 0 ]; then
        echo "ok   $2"
        passed=$((passed + 1))
    else
        echo "FAIL $2"
        failed=$((failed + 1))
    fi
}
tools/document.sh --check
result $? "docs/configuration.md is current (make docs writes it)"
node tests/run-readme.mjs
result $? "README's curl lines do what they say"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
