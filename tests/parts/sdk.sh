# The installed SDK: the examples are built out of tree against it, run in the installed server, and checked by the kit.
set -uo pipefail
. tests/lib/tap.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0 skipped=0 reasons=
result() {
    if [ "$1" = 0 ]; then
        echo "ok   $2"
        passed=$((passed + 1))
    else
        echo "FAIL $2"
        failed=$((failed + 1))
    fi
}

tools/abi-check
result $? "the layout of the SDK is that of its ABI number"

if ! make --no-print-directory -j"$(nproc)" SAN="$SAN" DESTDIR="$work/root" PREFIX=/usr/local install >"$work/install.log" 2>&1; then
    tail -n 20 "$work/install.log"
    echo "$passed passed, $((failed + 1)) failed"
    exit 1
fi
export PKG_CONFIG_SYSROOT_DIR=$work/root
export PKG_CONFIG_PATH=$work/root/usr/local/lib/pkgconfig
for example in sdk/examples/*/; do
    name=$(basename "$example")
    cp -r "$example" "$work/$name"
    make --no-print-directory -C "$work/$name"
    result $? "$name builds out of tree"
done

if [ -e "$work/storage-memory/storage-memory.so" ]; then
    # Memory forgets by its nature: the promises about a crash are not asked of it.
    "$work/root/usr/local/bin/pryvd-storage-check" --volatile "$work/storage-memory/storage-memory.so"
    result $? "the kit passes for storage-memory"
fi

report=$work/report.tap
SDK_ROOT=$work/root SDK_BUILD=$work node --test --test-reporter=tap --test-reporter-destination="$report" \
    --test-reporter=spec --test-reporter-destination=stdout tests/sdk/sdk.test.mjs
tap_read "$report"
echo "$passed passed, $failed failed${reasons:+, $skipped skipped: $reasons}"
[ "$failed" = 0 ]
