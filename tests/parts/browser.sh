# The pages of web.so in a real browser, Debian's Chromium, from an app that uses the npm client `pryv`.
set -uo pipefail
if ! [ -x "$B/pryvd" ]; then
    echo "0 passed, 1 failed, 0 skipped: no $B/pryvd"
    exit 1
fi
CHROMIUM=${CHROMIUM:-$(command -v chromium)}
if [ -z "$CHROMIUM" ]; then
    echo "0 passed, 0 failed, 1 skipped: there is no chromium"
    exit 0
fi
cd tests/browser || exit 1
if ! [ node_modules/.package-lock.json -nt package-lock.json ] && ! npm ci --no-audit --no-fund --loglevel=error; then
    echo "0 passed, 0 failed, 1 skipped: the registry of npm packages cannot be reached"
    exit 0
fi
report=$(mktemp)
trap 'rm -f "$report"' EXIT
CHROMIUM=$CHROMIUM PRYVD_BIN=$B/pryvd SCREENSHOTS=../../build/results/pages node --test --test-reporter=tap --test-reporter-destination="$report" \
    --test-reporter=spec --test-reporter-destination=stdout pages.test.mjs
status=$?
count() { sed -n "s/^# $1 //p" "$report" | tail -n 1; }
passed=$(count pass) failed=$(($(count fail) + $(count cancelled)))
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
echo "${passed:-0} passed, $failed failed"
[ "$failed" = 0 ]
