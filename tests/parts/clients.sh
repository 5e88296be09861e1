# The npm client `pryv`, as published, against a running server.
set -uo pipefail
if ! [ -x "$B/pryvd" ]; then
    echo "0 passed, 1 failed, 0 skipped: no $B/pryvd"
    exit 1
fi
cd tests/clients || exit 1
if ! [ node_modules/.package-lock.json -nt package-lock.json ] && ! npm ci --no-audit --no-fund --loglevel=error; then
    echo "0 passed, 0 failed, 1 skipped: the registry of npm packages cannot be reached"
    exit 0
fi
report=$(mktemp)
trap 'rm -f "$report"' EXIT
PRYVD_BIN=$B/pryvd node ../run-server.mjs -- node --test --test-reporter=tap --test-reporter-destination="$report" \
    --test-reporter=spec --test-reporter-destination=stdout pryv.test.mjs
status=$?
count() { sed -n "s/^# $1 //p" "$report" | tail -n 1; }
passed=$(count pass) failed=$(($(count fail) + $(count cancelled)))
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
echo "${passed:-0} passed, $failed failed"
[ "$failed" = 0 ]
