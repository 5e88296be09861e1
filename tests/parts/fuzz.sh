# Each fuzz target for a few seconds, on the seeds and what earlier runs found worth keeping, always the same way: a check fails for what was
# changed. make fuzz runs longer, and goes new ways.
set -uo pipefail
unset ASAN_OPTIONS UBSAN_OPTIONS # reports belong to the target's own output here
if ! command -v clang >/dev/null; then
    echo "0 passed, 0 failed, 1 skipped: clang is not installed (Debian package clang)"
    exit 0
fi
if ! make --no-print-directory SAN= B=build fuzz-targets; then
    echo "0 passed, 1 failed"
    exit 1
fi
FUZZ_SEED=1 exec tests/fuzz/run.sh "${FUZZ_SECONDS:-5}"
