#!/bin/bash
# Runs the fuzz targets that are built, SECONDS each, one on each processor: tests/fuzz/run.sh SECONDS [NAME...]. The last line counts targets.
# FUZZ_SEED makes a run go the way of the last one with the same programs; without it each goes another way.
set -uo pipefail
cd "$(dirname "$0")/../.."
export seconds=$1
shift
export work
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Its line, and where it failed what it said, at once: others run beside it.
fuzz() {
    local name=$1 output line
    local corpus=build/fuzz-corpus/$name found=build/fuzz-found/$name-
    mkdir -p "$corpus" build/fuzz-found
    local seeds=() dictionary=()
    [ -d "tests/fuzz/seeds/$name" ] && seeds=("tests/fuzz/seeds/$name")
    [ -e "tests/fuzz/$name.dict" ] && dictionary=(-dict="tests/fuzz/$name.dict")
    if output=$("build/fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -seed="${FUZZ_SEED:-0}" -timeout=5 -rss_limit_mb=2048 -max_len=65536 -artifact_prefix="$found" \
        -print_final_stats=1 -verbosity=0 "${dictionary[@]}" "$corpus" "${seeds[@]}" 2>&1); then
        line="ok   fuzz $name: $(grep -oE 'number_of_executed_units: [0-9]+' <<<"$output" | grep -oE '[0-9]+') inputs in ${seconds}s"
    else
        line="FAIL fuzz $name"$'\n'$(tail -n 60 <<<"$output")
    fi
    echo "$line" >"$work/$name"
    flock "$work" cat "$work/$name"
}
export -f fuzz

for source in tests/fuzz/fuzz_*.c; do
    name=${source##*/fuzz_}
    name=${name%.c}
    if [ $# = 0 ] || [[ " $* " == *" $name "* ]]; then
        echo "$name"
    fi
done >"$work/.names"
xargs -P "$(nproc)" -I{} bash -c 'fuzz {}' <"$work/.names"

passed=$(cat "$work"/* | grep -c '^ok   fuzz')
failed=$(($(wc -l <"$work/.names") - passed))
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
