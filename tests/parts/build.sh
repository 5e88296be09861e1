# Everything compiles without a warning: as shipped, and with the sanitizers.
set -uo pipefail
passed=0 failed=0
for san in '' "$SAN"; do
    if make -s --no-print-directory -j"$(nproc)" SAN="$san" all; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
