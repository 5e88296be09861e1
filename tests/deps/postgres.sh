#!/bin/bash
# A PostgreSQL of our own, from Debian's packages, on a free port with data in a folder of its own.
#   tests/deps/postgres.sh start FOLDER [SETTING=VALUE]...   starts it, waits until it answers, says its port; the role is pryv, the database pryv-node
#   tests/deps/postgres.sh stop FOLDER [fast|immediate]      fast: what runs is taken back; immediate: as after a crash
#   tests/deps/postgres.sh again FOLDER                      starts it again on the same port and data
#   tests/deps/postgres.sh available                         status 0, or a line why not
# Everybody on this machine may sign in. Durable as shipped: fsync is on.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
if [ -z "$bin" ] && command -v pg_ctl >/dev/null; then
    bin=$(dirname "$(command -v pg_ctl)")
fi

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

missing() {
    if [ -z "$bin" ] || ! [ -x "$bin/initdb" ]; then
        echo "PostgreSQL is not installed (Debian package postgresql)"
    elif [ "$(id -u)" = 0 ] && ! command -v setpriv >/dev/null; then
        echo "root cannot run PostgreSQL, and setpriv is not here to become $user"
    fi
}

free_port() {
    node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

run_ctl() {
    as_server "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -s -t 60 "$@" >/dev/null || {
        tail -n 20 "$folder/log" >&2
        return 1
    }
}

start() {
    mkdir -p "$folder"
    [ "$(id -u)" != 0 ] || chown "$user" "$folder"
    as_server "$bin/initdb" -D "$folder/data" -U pryv --auth=trust -E UTF8 --locale=C.UTF-8 >"$folder/initdb.log" 2>&1 || {
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
    "$bin/createdb" -h 127.0.0.1 -p "$port" -U pryv pryv-node
    echo "$port"
}

command=${1:-} folder=${2:-}
case $command in
available)
    why=$(missing)
    [ -z "$why" ] || { echo "$why"; exit 1; }
    ;;
start)
    shift 2
    start "$@"
    ;;
stop) run_ctl -w -m "${3:-fast}" stop ;;
again) run_ctl -w start ;;
*)
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
