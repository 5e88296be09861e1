# The npm client `pryv`, as published, against a running server.
set -uo pipefail
. tests/lib/npm.sh
. tests/lib/tap.sh
if ! [ -x "$B/pryvd" ]; then
    echo "0 passed, 1 failed, 0 skipped: no $B/pryvd"
    exit 1
fi
cd tests/clients || exit 1
if ! why=$(npm_packages); then
    echo "0 passed, 0 failed, 1 skipped: $why"
    exit 0
fi
report=$(mktemp) passed=0 failed=0 skipped=0 reasons=
trap 'rm -f "$report"' EXIT
PRYVD_BIN=$B/pryvd node ../run-server.mjs -- node --test --test-reporter=tap --test-reporter-destination="$report" \
    --test-reporter=spec --test-reporter-destination=stdout pryv.test.mjs
status=$?
tap_read "$report"
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1
echo "$passed passed, $failed failed${reasons:+, $skipped skipped: $reasons}"
[ "$failed" = 0 ]
