# Steps of a part that run beside each other. A step is a function that adds to passed, failed, skipped and reason.
#   beside MOST FUNCTION ARGUMENT...   starts it once fewer than MOST are running
#   add_steps                          waits for all; what each said comes in one piece, in the order of the calls, and what it counted is added
passed=0 failed=0 skipped=0 reason=
steps=0
said=$(mktemp -d)
trap 'rm -rf "$said"' EXIT

beside() {
    local most=$1 log
    shift
    while [ "$(jobs -rp | wc -l)" -ge "$most" ]; do
        wait -n
    done
    log=$said/$((++steps))
    (
        passed=0 failed=0 skipped=0 reason=
        "$@"
        echo "$passed $failed $skipped $reason" >"$log.counted"
    ) >"$log" 2>&1 &
}

add_steps() {
    local step good bad left why
    wait
    for ((step = 1; step <= steps; step++)); do
        good=0 bad=1 left=0 why= # of a step that did not end as it should
        cat "$said/$step"
        [ ! -e "$said/$step.counted" ] || read -r good bad left why <"$said/$step.counted"
        passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
        reason+=${why:+${reason:+; }$why}
    done
    rm -f "$said"/*
    steps=0
}

skip() {
    skipped=$((skipped + 1))
    reason+=${reason:+; }$1
}
