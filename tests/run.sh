#!/bin/bash
# Builds what the tests need and runs them, part by part; ends with a table and the line `N passed, N failed`.
#   tests/run.sh [--san address,undefined|thread] [PART...]
# Parts in order: build unit kit api sdk clients browser conformance fuzz docs tools lint
#
# A part is tests/parts/PART.sh. It gets the folder of the sanitized build in B, tells what it does, and its last line is
# `N passed, N failed`, with `, N skipped: REASON` where something could not run. Any report of a sanitizer fails the part.
set -uo pipefail
cd "$(dirname "$0")/.."

san=address,undefined
if [ "${1:-}" = --san ]; then
    san=$2
    shift 2
fi
parts=("$@")
[ ${#parts[@]} -gt 0 ] || parts=(build unit kit api sdk clients browser conformance fuzz docs tools lint)

export SAN=$san
export B=$PWD/build/san-${san//,/-}
results=$PWD/build/results/${san//,/-}
rm -rf "$results"
mkdir -p "$results"

# Reports of sanitizers go to files, so that one in a server's worker is not lost among its log lines.
export SANITIZER_REPORTS=$results/sanitizer
mkdir -p "$SANITIZER_REPORTS"
log=$SANITIZER_REPORTS/report
# Without intercept_tls_get_addr: the search for leaks looks into thread-local memory of libraries that a check has closed by then, and crashes.
export ASAN_OPTIONS=log_path=$log:intercept_tls_get_addr=0:detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1:abort_on_error=0
export UBSAN_OPTIONS=log_path=$log:print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lib/leaks.supp:print_suppressions=0
export TSAN_OPTIONS=log_path=$log:suppressions=$PWD/tests/lib/races.supp:second_deadlock_stack=1

passed_all=0 failed_all=0 skipped_all=0 table=() findings=()

# The last line of a part in numbers: passed failed skipped reason
last_line() {
    local line
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$1" | tail -n 1)
    if [[ $line =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped:?\ ?(.*))?$ ]]; then
        echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]} ${BASH_REMATCH[4]:-0} ${BASH_REMATCH[5]:-}"
    else
        echo "0 1 0 no result line"
    fi
}

run_part() {
    local part=$1 started=$SECONDS status passed failed skipped reason reports
    printf '\n==== %s\n' "$part"
    timeout --kill-after=10 "${PART_TIMEOUT:-1200}" bash "tests/parts/$part.sh" 2>&1 | tee "$results/$part.log"
    status=${PIPESTATUS[0]}
    read -r passed failed skipped reason <<<"$(last_line "$results/$part.log")"
    if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
        failed=1
        reason="ended with status $status"
    fi
    # LeakSanitizer's helper fails when the process that it looks at is killed, as some tests do. That says nothing about leaks, and
    # a process that ended by itself has a status which its test looks at.
    # So does a thread that ends meanwhile: a report of nothing else is none.
    find "$SANITIZER_REPORTS" -type f ! -exec grep -qv '^==[0-9]*==Unable to get registers from thread' {} \; -delete
    find "$SANITIZER_REPORTS" -type f -exec grep -q '^Tracer caught signal' {} \; -delete -printf 'not counted, the process was killed while it was looked at: %f\n'
    reports=$(find "$SANITIZER_REPORTS" -type f | wc -l)
    if [ "$reports" != 0 ]; then
        echo "---- $reports sanitizer report(s) in $part"
        while read -r report; do
            head -n 40 "$report"
            findings+=("$part: $(grep -hE -m 1 '^SUMMARY|runtime error' "$report")"$'\n'"$(grep -E '#[0-9]+ .*(kernel|plugins|sdk|tools)/' "$report" | head -n 8)")
        done < <(find "$SANITIZER_REPORTS" -type f | sort)
        mkdir -p "$results/reports-$part"
        find "$SANITIZER_REPORTS" -type f -exec mv -t "$results/reports-$part" {} +
        failed=$((failed + reports))
        reason="$reports sanitizer report(s) ${reason}"
    fi
    passed_all=$((passed_all + passed))
    failed_all=$((failed_all + failed))
    skipped_all=$((skipped_all + skipped))
    table+=("$(printf '%-12s %7d %7d %8d %6ds  %s' "$part" "$passed" "$failed" "$skipped" $((SECONDS - started)) "$reason")")
}

for part in "${parts[@]}"; do
    run_part "$part"
done

# Told once more at the end, where they are found.
[ ${#findings[@]} = 0 ] || printf '\n%s\n' "${findings[@]}"
for part in "${parts[@]}"; do
    grep -hE '^ *(FAIL|not ok)' "$results/$part.log" | sed "s/^ */$part: /"
done

printf '\n%-12s %7s %7s %8s %7s\n' part passed failed skipped time
printf '%s\n' "${table[@]}"
printf '%-12s %7d %7d %8d %6ds\n' all "$passed_all" "$failed_all" "$skipped_all" $SECONDS
printf '\n%d passed, %d failed\n' "$passed_all" "$failed_all"
[ "$failed_all" = 0 ]
