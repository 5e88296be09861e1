# One part of the tests: started, shown, counted. tests/run.sh sets `results`, and prints what is collected here.
passed_all=0 failed_all=0 skipped_all=0 findings=()
declare -A running=() rows=()

# Without intercept_tls_get_addr: the search for leaks looks into thread-local memory of libraries that a check has closed by then, and crashes.
asan_options=intercept_tls_get_addr=0:detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1:abort_on_error=0
ubsan_options=print_stacktrace=1
tsan_options=suppressions=$PWD/tests/lib/races.supp:second_deadlock_stack=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lib/leaks.supp:print_suppressions=0

# start_part PART: runs it behind the caller's back. What it says goes to PART.log, what it took (seconds of wall clock, user and system
# time) to PART.times, its status to PART.status, which is there when it has ended. A program that the part leaves behind, as
# PostgreSQL's server, is not in its times.
start_part() {
    local part=$1
    rm -f "$results/$part".*
    mkdir -p "$results/reports-$part"
    : >"$results/$part.log"
    (
        # Reports of sanitizers go to files, so that one in a server's worker is not lost among its log lines.
        log=log_path=$results/reports-$part/report
        export ASAN_OPTIONS=$log:$asan_options UBSAN_OPTIONS=$log:$ubsan_options TSAN_OPTIONS=$log:$tsan_options
        trap 'kill "$program"' TERM
        TIMEFORMAT='%R %U %S'
        {
            time {
                # Signals that a shell lets its background processes ignore mean something to servers and tests.
                env --default-signal=INT,QUIT timeout --kill-after=10 "${PART_TIMEOUT:-1200}" bash "tests/parts/$part.sh" >"$results/$part.log" 2>&1 &
                program=$!
                wait "$program"
                status=$?
            }
        } 2>"$results/$part.times"
        echo $status >"$results/$part.status"
    ) &
    running[$part]=$!
}

# show_part PART: what it says while it runs, until it has ended.
show_part() {
    printf '\n==== %s\n' "$1"
    tail -n +1 -s 0.2 -f --pid="${running[$1]}" "$results/$1.log" &
    wait $! # where a signal is heard at once
    wait "${running[$1]}"
    unset "running[$1]"
}

has_ended() { [ -e "$results/$1.status" ]; }

stop_parts() { [ ${#running[@]} = 0 ] || kill "${running[@]}"; }

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

# count_part PART: its result and the reports of sanitizers, into the sums, its row of the table and the findings.
count_part() {
    local part=$1 reports=$results/reports-$1 status passed failed skipped reason count report wall user system
    status=$(cat "$results/$part.status")
    read -r passed failed skipped reason <<<"$(last_line "$results/$part.log")"
    if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
        failed=1
        reason="ended with status $status"
    fi
    # LeakSanitizer's helper fails when the process that it looks at is killed, as some tests do. That says nothing about leaks, and
    # a process that ended by itself has a status which its test looks at.
    # So does a thread that ends meanwhile: a report of nothing else is none.
    find "$reports" -type f ! -exec grep -qv '^==[0-9]*==Unable to get registers from thread' {} \; -delete
    find "$reports" -type f -exec grep -q '^Tracer caught signal' {} \; -delete -printf 'not counted, the process was killed while it was looked at: %f\n'
    count=$(find "$reports" -type f | wc -l)
    if [ "$count" != 0 ]; then
        echo "---- $count sanitizer report(s) in $part"
        while read -r report; do
            head -n 40 "$report"
            findings+=("$part: $(grep -hE -m 1 '^SUMMARY|runtime error' "$report")"$'\n'"$(grep -E '#[0-9]+ .*(kernel|plugins|sdk|tools)/' "$report" | head -n 8)")
        done < <(find "$reports" -type f | sort)
        failed=$((failed + count))
        reason="$count sanitizer report(s) ${reason}"
    fi
    passed_all=$((passed_all + passed))
    failed_all=$((failed_all + failed))
    skipped_all=$((skipped_all + skipped))
    read -r wall user system <<<"$(tail -n 1 "$results/$part.times")"
    rows[$part]=$(printf '%-12s %7d %7d %8d %6.0fs %6.0fs %6.0fs  %s' "$part" "$passed" "$failed" "$skipped" "$wall" "$user" "$system" "$reason")
}
