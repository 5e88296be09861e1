#!/bin/bash
# Runs the fuzz targets that are built, SECONDS each: tests/fuzz/run.sh SECONDS [NAME...]. The last line counts targets.
set -uo pipefail
cd "$(dirname "$0")/../.."
seconds=$1
shift
passed=0 failed=0
for source in tests/fuzz/fuzz_*.c; do
    [ -e "$source" ] || continue
    name=$(basename "$source" .c)
    name=${name#fuzz_}
    if [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; then
        continue
    fi
    corpus=build/fuzz-corpus/$name found=build/fuzz-found/$name-
    mkdir -p "$corpus" build/fuzz-found
    seeds=()
    [ -d "tests/fuzz/seeds/$name" ] && seeds=("tests/fuzz/seeds/$name")
    dictionary=()
    [ -e "tests/fuzz/$name.dict" ] && dictionary=(-dict="tests/fuzz/$name.dict")
    output=$("build/fuzz/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=65536 -artifact_prefix="$found" \
        -print_final_stats=1 -verbosity=0 "${dictionary[@]}" "$corpus" "${seeds[@]}" 2>&1)
    if [ $? = 0 ]; then
        echo "ok   fuzz $name: $(grep -oE 'number_of_executed_units: [0-9]+' <<<"$output" | grep -oE '[0-9]+') inputs in ${seconds}s"
        passed=$((passed + 1))
    else
        echo "FAIL fuzz $name"
        tail -n 60 <<<"$output"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
