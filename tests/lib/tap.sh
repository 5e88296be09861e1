# tap_read FILE: adds what a report in TAP by node's test runner says to passed, failed and skipped, and why to reasons, each reason once.
# A group of tests that is skipped counts as one: node does not count it at all. A report that ends early is a failure.
tap_read() {
    local report=$1 why
    tap_count() { sed -n "s/^# $1 //p" "$report" | tail -n 1 | grep . || echo "${2:-0}"; }
    passed=$((passed + $(tap_count pass)))
    failed=$((failed + $(tap_count fail 1) + $(tap_count cancelled)))
    skipped=$((skipped + $(grep -cE '^ *ok .* # SKIP' "$report")))
    while read -r why; do
        [[ "; $reasons; " == *"; $why; "* ]] || reasons+="${reasons:+; }$why"
    done < <(sed -nE 's/^ *ok .* # SKIP ?//p' "$report" | sed 's/\\#/#/g; s/^$/no reason given/')
}
