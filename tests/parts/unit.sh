# The criterion programs of tests/unit. A leak in a test's own process is a sanitizer report, which run.sh counts.
set -uo pipefail
. tests/lib/beside.sh
make -s --no-print-directory -j"$(nproc)" --keep-going SAN="$SAN" unit-tests

run_program() {
    local source=$1 program=$B/${1%.c} output status line good bad crashed
    if [ ! -x "$program" ] || [ "$program" -ot "$source" ]; then
        echo "FAIL $source: not built"
        failed=$((failed + 1))
        return
    fi
    output=$(timeout 120 "$program" -j2 --color=never 2>&1)
    status=$?
    line=$(grep -oE 'Tested: [0-9]+ \| Passing: [0-9]+ \| Failing: [0-9]+ \| Crashing: [0-9]+' <<<"$output" | tail -n 1)
    read -r _ good bad crashed <<<"$(grep -oE '[0-9]+' <<<"$line" | tr '\n' ' ')"
    passed=$((passed + ${good:-0}))
    failed=$((failed + ${bad:-1}))
    if [ "$status" = 0 ]; then
        echo "ok   $source: ${good:-0}"
    else
        echo "FAIL $source: ${line:-status $status}"
        printf '%s\n' "$output"
        [ "${bad:-1}" != 0 ] || failed=$((failed + 1))
    fi
}

number_property() {
    if node tests/unit/number_property.mjs "$B/tests/unit/number_format_tool"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
}

# Some wait for what takes its time, some compute.
for source in tests/unit/test_*.c; do
    [ ! -e "$source" ] || beside "$(nproc)" run_program "$source"
done
beside "$(nproc)" number_property
add_steps
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
