# Black-box tests over HTTP (tests/api), in node's own test runner; most use one server, some start their own.
set -uo pipefail
if ! [ -x "$B/pryvd" ]; then
    echo "0 passed, 1 failed, 0 skipped: no $B/pryvd"
    exit 1
fi
export PRYVD_BIN=$B/pryvd
report=$(mktemp)
trap 'rm -f "$report"' EXIT
node tests/run-server.mjs -- node --test --test-concurrency=2 --test-reporter=tap --test-reporter-destination="$report" \
    --test-reporter=spec --test-reporter-destination=stdout tests/api/*.mjs
status=$?
count() { sed -n "s/^# $1 //p" "$report" | tail -n 1; }
passed=$(count pass) failed=$(count fail) skipped=$(count skipped) cancelled=$(count cancelled)
failed=$((${failed:-0} + ${cancelled:-0}))
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
echo "${passed:-0} passed, $failed failed, ${skipped:-0} skipped: told above"
[ "$failed" = 0 ]
