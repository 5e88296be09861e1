#!/bin/bash
# A PostgreSQL of our own, on a free port with data in a folder of its own: Debian's, or with POSTGRES_VERSION=13 that of an npm package.
#   tests/deps/postgres.sh start FOLDER [SETTING=VALUE]...   starts it, waits until it answers, says its port; the role is pryv, the database pryv-node
#   tests/deps/postgres.sh stop FOLDER [fast|immediate]      fast: what runs is taken back; immediate: as after a crash
#   tests/deps/postgres.sh again FOLDER                      starts it again on the same port and data
#   tests/deps/postgres.sh available                         status 0, or a line why not
#   tests/deps/postgres.sh versions                          what POSTGRES_VERSION can be: the oldest and the newest that storage-pg is for
# Everybody on this machine may sign in. Durable as shipped: fsync is on.
set -euo pipefail
packages=$(cd "$(dirname "$0")" && pwd)/postgresql # the versions, as names of packages
version=${POSTGRES_VERSION:-}

debian_bin() {
    local found
    found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
    if [ -z "$found" ] && command -v pg_ctl >/dev/null; then
        found=$(dirname "$(command -v pg_ctl)")
    fi
    echo "$found"
}

package_bin() {
    command -v node >/dev/null || return 0
    echo "$packages/node_modules/postgresql-$version-$(node -p process.arch)/native/bin"
}

bin=$(if [ -n "$version" ]; then package_bin; else debian_bin; fi)

# npm keeps no links: the packages have a script that makes those between libraries. Several tests may want them at once.
install_packages() {
    local made=node_modules/.links-made
    (
        cd "$packages"
        flock 9
        [ $made -nt package-lock.json ] && exit
        . ../../lib/npm.sh
        npm_packages --ignore-scripts || exit 1
        for folder in node_modules/postgresql-*; do
            (cd "$folder" && node scripts/hydrate-symlinks.js)
        done
        touch $made
    ) 9<"$packages/package-lock.json"
}

# PostgreSQL refuses to run as root.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- env HOME=/ "$@"
    else
        "$@"
    fi
}
user=nobody
id postgres >/dev/null 2>&1 && user=postgres

missing_package() {
    install_packages || return
    if ! command -v createdb >/dev/null; then
        echo "PostgreSQL's client programs are not installed (Debian package postgresql-client)"
    elif ! [ -x "$bin/initdb" ]; then
        echo "there is no npm package of PostgreSQL $version for $(uname -m)"
    elif ! "$bin/postgres" --version >/dev/null; then
        echo "the npm package of PostgreSQL $version does not run on this machine"
    fi
}

missing() {
    if [ -n "$version" ]; then
        missing_package || true
    elif [ -z "$bin" ] || ! [ -x "$bin/initdb" ]; then
        echo "PostgreSQL is not installed (Debian package postgresql)"
    fi
    if [ "$(id -u)" = 0 ] && ! command -v setpriv >/dev/null; then
        echo "root cannot run PostgreSQL, and setpriv is not here to become $user"
    fi
}

free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

run_ctl() {
    as_server "$(cat "$folder/bin")/pg_ctl" -D "$folder/data" -l "$folder/log" -s -t 60 "$@" >/dev/null || {
        tail -n 20 "$folder/log" >&2
        return 1
    }
}

start() {
    mkdir -p "$folder"
    # PostgreSQL's user may not be let into the folder of the packages.
    if ! as_server test -x "$bin/initdb"; then
        cp -r "${bin%/bin}" "$folder/programs"
        bin=$folder/programs/bin
    fi
    echo "$bin" >"$folder/bin"
    [ "$(id -u)" != 0 ] || chown -R "$user" "$folder"
    as_server "$bin/initdb" --no-sync -D "$folder/data" -U pryv --auth=trust -E UTF8 --locale=C.UTF-8 >"$folder/initdb.log" 2>&1 || {
        cat "$folder/initdb.log" >&2
        return 1
    }
    local port setting
    port=$(free_port)
    {
        echo "port = $port"
        echo "listen_addresses = '127.0.0.1'"
        echo "unix_socket_directories = '$folder'"
        echo "max_connections = 200"
        for setting in "$@"; do
            echo "${setting%%=*} = '${setting#*=}'"
        done
    } >>"$folder/data/postgresql.conf"
    run_ctl -w start
    PATH=$bin:$PATH createdb -h 127.0.0.1 -p "$port" -U pryv pryv-node
    echo "$port"
}

command=${1:-} folder=${2:-}
case $command in
available)
    why=$(missing)
    [ -z "$why" ] || { echo "$why"; exit 1; }
    ;;
versions) sed -nE 's/^ *"postgresql-([0-9]+)-.*/\1/p' "$packages/package.json" | sort -un ;;
start)
    shift 2
    start "$@"
    ;;
stop) run_ctl -w -m "${3:-fast}" stop ;;
again) run_ctl -w start ;;
*)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
