# The storage contract's promises, kept by our storage plugins; and whether the kit finds what is broken in an engine on purpose.
# The example that is built out of tree is checked by tests/parts/sdk.sh.
set -uo pipefail
for san in "$SAN" ''; do
    make -s --no-print-directory -j"$(nproc)" SAN="$san" all || true
done
. tests/lib/beside.sh

# check PLUGIN OPTION...: the whole kit on one plugin.
check() {
    local plugin=$1 data output status line good bad
    shift
    data=$(mktemp -d)
    output=$(timeout "${limit:-600}" "$B/pryvd-storage-check" "$plugin" --data-dir "$data" "$@" 2>&1)
    status=$?
    rm -rf "$data"
    printf '%s\n' "$output"
    line=$(grep -E '^[0-9]+ passed, [0-9]+ failed' <<<"$output" | tail -n 1)
    read -r good bad <<<"$(sed -E 's/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2/' <<<"$line")"
    passed=$((passed + ${good:-0}))
    failed=$((failed + ${bad:-1}))
    [ "$status" = 0 ] || [ "${bad:-1}" != 0 ] || failed=$((failed + 1))
}

# On a server of its own; POSTGRES_VERSION says which. The kit wants an empty database.
check_postgres() {
    local server port why
    why=$(tests/deps/postgres.sh available) || { skip "$why"; return; }
    server=$(mktemp -d)
    if port=$(tests/deps/postgres.sh start "$server"); then
        check "$1" --set storages.engines.postgresql.port="$port"
        tests/deps/postgres.sh stop "$server" immediate
    else
        failed=$((failed + 1))
    fi
    rm -rf "$server"
}

# The sanitizers have seen the plugin on Debian's PostgreSQL. What others may do otherwise is the server's part.
check_postgres_version() {
    echo "---- PostgreSQL $1"
    POSTGRES_VERSION=$1 B=$PWD/build check_postgres "build/plugins/storage-pg.so"
}

# With PostgreSQL behind FerretDB everything is asked. With SQLite behind it, it reads a whole collection for each query: what is asked a thousand times, or of
# many users, takes many minutes there, and is asked with KIT_FERRETDB=all.
few_questions='^(storage|users|transactions|streams|events|deletions and history|accesses|sessions|account|values|webhooks|series|audit and usage|carrying|erase|bulk|platform: [^o])'
check_mongo() {
    local server url why backend=postgresql
    why=$(tests/deps/ferretdb.sh available) || { skip "$why"; return; }
    tests/deps/postgres.sh available >/dev/null || backend=sqlite
    server=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
    if ! url=$(tests/deps/ferretdb.sh start "$server" $backend); then
        failed=$((failed + 1))
    elif [ $backend = postgresql ] || [ "${KIT_FERRETDB:-}" = all ]; then
        limit=1800 check "$1" --patience 600 --set storages.engines.mongodb.url="$url"
    else
        limit=400 check "$1" --patience 300 --set storages.engines.mongodb.url="$url" --only "$few_questions"
        skip "queries, paging, concurrency, crash and races on FerretDB with SQLite, which take long (KIT_FERRETDB=all asks for them)"
    fi
    [ ! -e "$server/pid" ] || tests/deps/ferretdb.sh stop "$server"
    rm -rf "$server"
}

# Engines wait for disks and servers: all of them are asked at once.
for plugin in "$B"/plugins/storage-*.so; do
    case $plugin in
    */storage-mongo.so) beside 99 check_mongo "$plugin" ;;
    */storage-pg.so)
        beside 99 check_postgres "$plugin"
        for version in $(tests/deps/postgres.sh versions); do
            beside 99 check_postgres_version "$version"
        done
        ;;
    *) [ ! -e "$plugin" ] || beside 99 check "$plugin" ;;
    esac
done
add_steps
[ $((passed + failed)) -gt 0 ] || failed=1

# The kit knows every function of the contract: those it does not look for could be missing.
while read -r function; do
    if grep -qE "\b[SP]\($function\)" sdk/kit/table.c; then
        passed=$((passed + 1))
    else
        echo "FAIL the kit does not look for the function $function"
        failed=$((failed + 1))
    fi
done < <(sed -n '/_ops {/,/^};/p' sdk/include/pryv/storage.h sdk/include/pryv/platform.h | sed -nE 's/^    [a-z].* \(\*([a-z_]+)\)\(.*/\1/p')

broken=$B/tests/kit/storage-broken.so
make -s --no-print-directory SAN="$SAN" "${broken#"$PWD"/}" || failed=$((failed + 1))
# found FAULT PROMISE OPTION...: with the fault, the kit tells that promise and fails; without it, it is kept.
found() {
    local fault=$1 promise=$2 output
    shift 2
    # An engine that crashes on purpose is no report of a sanitizer.
    output=$(ASAN_OPTIONS=${ASAN_OPTIONS:-}:handle_abort=0 timeout 120 "$B/pryvd-storage-check" "$broken" --set broken.fault="$fault" --only "$promise" "$@" 2>&1)
    if [ $? = 1 ] && grep -qF "FAIL $promise" <<<"$output"; then
        echo "ok   the kit finds $fault by \"$promise\""
        passed=$((passed + 1))
    else
        printf '%s\n' "$output"
        echo "FAIL the kit does not find $fault by \"$promise\""
        failed=$((failed + 1))
    fi
}
found_none() {
    if timeout 120 "$B/pryvd-storage-check" "$broken" --volatile >/dev/null; then
        passed=$((passed + 1))
    else
        echo "FAIL without a fault the kit finds one"
        failed=$((failed + 1))
    fi
}
most=$(nproc)
beside "$most" found_none
while IFS='|' read -r fault promise; do
    case $fault in
    '#'* | '') ;;
    waits-for-ever) beside "$most" found "$fault" "$promise" --volatile --patience 5 ;;
    *) beside "$most" found "$fault" "$promise" --volatile ;;
    esac
done <tests/kit/faults
beside "$most" found commit-unflushed "crash: a commit answers when its files are flushed"
# Memory that is said to be durable and shared is neither.
for promise in "crash: killed while writing" "crash: killed while registering" "platform: of processes that reserve" \
    "concurrency: WRITE sessions of several processes"; do
    beside "$most" found none "$promise"
done
add_steps
echo "$passed passed, $failed failed${reason:+, $skipped skipped: $reason}"
[ "$failed" = 0 ]
