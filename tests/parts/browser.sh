# The pages of web.so in a real browser, Debian's Chromium, from an app that uses the npm client `pryv`.
set -uo pipefail
. tests/lib/npm.sh
. tests/lib/tap.sh
if ! [ -x "$B/pryvd" ]; then
    echo "0 passed, 1 failed, 0 skipped: no $B/pryvd"
    exit 1
fi
CHROMIUM=${CHROMIUM:-$(command -v chromium)}
if [ -z "$CHROMIUM" ]; then
    echo "0 passed, 0 failed, 1 skipped: Chromium is not installed (Debian package chromium)"
    exit 0
fi
cd tests/browser || exit 1
if ! why=$(npm_packages); then
    echo "0 passed, 0 failed, 1 skipped: $why"
    exit 0
fi
report=$(mktemp) passed=0 failed=0 skipped=0 reasons=
trap 'rm -f "$report"' EXIT
CHROMIUM=$CHROMIUM PRYVD_BIN=$B/pryvd SCREENSHOTS=../../build/results/pages node --test --test-reporter=tap --test-reporter-destination="$report" \
    --test-reporter=spec --test-reporter-destination=stdout pages.test.mjs
status=$?
tap_read "$report"
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
echo "$passed passed, $failed failed${reasons:+, $skipped skipped: $reasons}"
[ "$failed" = 0 ]
