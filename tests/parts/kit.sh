# The storage contract's promises, kept by the storage plugins: ours and the example that is built out of tree (sdk/run.sh).
set -uo pipefail
make -s --no-print-directory -j"$(nproc)" SAN="$SAN" all || true
passed=0 failed=0
for plugin in "$B"/plugins/storage-*.so; do
    [ -e "$plugin" ] || continue
    data=$(mktemp -d)
    output=$(timeout 600 "$B/pryvd-storage-check" "$plugin" --data-dir "$data" 2>&1)
    status=$?
    rm -rf "$data"
    printf '%s\n' "$output"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' <<<"$output" | tail -n 1)
    read -r good bad <<<"$(sed -E 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/' <<<"$line")"
    passed=$((passed + ${good:-0}))
    failed=$((failed + ${bad:-1}))
    [ "$status" = 0 ] || [ "${bad:-1}" != 0 ] || failed=$((failed + 1))
done
[ $((passed + failed)) -gt 0 ] || failed=1
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
