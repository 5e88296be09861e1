# The conformance scenarios: every profile that a configuration alone can serve on SQLite, and the base profile on PostgreSQL and on FerretDB.
# Steps of features that do not exist yet are counted, and only a drop against tests/conformance-recorded.json fails.
set -uo pipefail
if ! [ -x "$B/pryvd" ]; then
    echo "0 passed, 1 failed, 0 skipped: no $B/pryvd"
    exit 1
fi
passed=0 failed=0 skipped=0 reasons=
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# count FILE: what a run of run-profile.mjs said.
count() {
    local line
    cat "$1"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$1" | tail -n 1)
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped:?\ ?(.*))?$ ]]; then
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2])) skipped=$((skipped + ${BASH_REMATCH[4]:-0}))
        [[ $reasons == *"${BASH_REMATCH[5]:-}"* ]] || reasons+="${reasons:+; }${BASH_REMATCH[5]}"
    else
        failed=$((failed + 1))
    fi
}

# Scenarios wait most of their time, for what comes later or must not come: the storages are asked side by side.
node tests/conformance/run-profile.mjs --all >"$work/sqlite" 2>&1 &
for storage in postgresql mongodb; do
    node tests/conformance/run-profile.mjs --storage $storage --profile base >"$work/$storage" 2>&1 &
done
wait
for storage in sqlite postgresql mongodb; do
    count "$work/$storage"
done
echo "$passed passed, $failed failed${reasons:+, $skipped skipped: $reasons}"
[ "$failed" = 0 ]
