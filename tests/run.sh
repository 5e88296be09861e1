#!/bin/bash
# Builds what the tests need and runs them, part by part; ends with a table and the line `N passed, N failed`.
#   tests/run.sh [--san address,undefined|thread] [PART...]
# Parts in order: build unit kit api sdk clients browser conformance fuzz docs tools lint
# lint and conformance run beside the others, and what they say comes in one piece when they have ended.
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
. tests/lib/part.sh
trap stop_parts EXIT
trap 'exit 130' INT TERM

is_asked() { [[ " ${parts[*]} " == *" $1 "* ]]; }

# lint only computes, at a low priority; conformance waits most of its time. Both leave the processors to whoever runs in front of them.
beside=() front=()
for part in "${parts[@]}"; do
    case $part in
    lint | conformance) beside+=("$part") ;;
    *) front+=("$part") ;;
    esac
done

start_beside() {
    local part
    for part in "${beside[@]}"; do
        start_part "$part"
    done
}

# show_beside: those that have ended by now. show_beside all: waits for the others.
show_beside() {
    local part left=()
    for part in "${beside[@]}"; do
        if [ "${1:-}" = all ] || has_ended "$part"; then
            show_part "$part"
            count_part "$part"
        else
            left+=("$part")
        fi
    done
    beside=("${left[@]}")
}

is_asked build || start_beside
for part in "${front[@]}"; do
    start_part "$part"
    show_part "$part"
    count_part "$part"
    [ "$part" != build ] || start_beside
    show_beside
done
show_beside all

# Told once more at the end, where they are found.
[ ${#findings[@]} = 0 ] || printf '\n%s\n' "${findings[@]}"
for part in "${parts[@]}"; do
    grep -hE '^ *(FAIL|not ok)' "$results/$part.log" | sed "s/^ */$part: /"
done

printf '\n%-12s %7s %7s %8s %7s %7s %7s\n' part passed failed skipped time user system
for part in "${parts[@]}"; do
    echo "${rows[$part]}"
done
cat "$results"/*.times | awk -v name=all -v p="$passed_all" -v f="$failed_all" -v s="$skipped_all" -v wall="$SECONDS" \
    '{ user += $2; kernel += $3 } END { printf "%-12s %7d %7d %8d %6ds %6.0fs %6.0fs\n", name, p, f, s, wall, user, kernel }'
printf '\n%d passed, %d failed\n' "$passed_all" "$failed_all"
[ "$failed_all" = 0 ]
