# Black-box tests over HTTP (tests/api), in node's own test runner; most use one server, some start their own.
set -uo pipefail
. tests/lib/tap.sh
if ! [ -x "$B/pryvd" ]; then
    echo "0 passed, 1 failed, 0 skipped: no $B/pryvd"
    exit 1
fi
export PRYVD_BIN=$B/pryvd
report=$(mktemp) passed=0 failed=0 skipped=0 reasons=
trap 'rm -f "$report"' EXIT
FILE_TIMEOUT_MS=400000
node tests/run-server.mjs -- node --test --test-concurrency=2 --test-timeout=$FILE_TIMEOUT_MS --test-reporter=tap --test-reporter-destination="$report" \
    --test-reporter=spec --test-reporter-destination=stdout tests/api/*.mjs
status=$?
tap_read "$report"
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
echo "$passed passed, $failed failed${reasons:+, $skipped skipped: $reasons}"
[ "$failed" = 0 ]
