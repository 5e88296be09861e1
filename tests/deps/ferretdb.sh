#!/bin/bash
# A FerretDB of our own, built from its Go module with the SQLite back end (tests/deps/ferretdb), on a free port.
#   tests/deps/ferretdb.sh available       status 0, or a line why there can be none
#   tests/deps/ferretdb.sh start FOLDER    starts it with its data in the folder, waits until it listens, says its connection string
#   tests/deps/ferretdb.sh stop FOLDER     ends it
# The program is kept in build/deps and built once: a few minutes, and some 150 MB of modules from the Go module proxy.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../build/deps/ferretdb

build() {
    [ -x "$program" ] && [ "$program" -nt "$here/ferretdb/main.go" ] && [ "$program" -nt "$here/ferretdb/go.mod" ] && return
    command -v go >/dev/null || { echo "Go is not installed (Debian package golang-go), of which FerretDB is built"; return 1; }
    mkdir -p "$(dirname "$program")"
    (cd "$here/ferretdb" && flock "$program.lock" nice go build -p 1 -tags ferretdb_no_postgresql -o "$program" .) >"$program.log" 2>&1 ||
        { echo "FerretDB cannot be built: $(tail -n 1 "$program.log")"; return 1; }
}

start() {
    local tries
    build >&2
    mkdir -p "$folder/data"
    "$program" "$folder/data" >"$folder/url" 2>"$folder/log" &
    echo $! >"$folder/pid"
    for tries in {1..600}; do
        [ ! -s "$folder/url" ] || { cat "$folder/url"; return; }
        kill -0 "$(cat "$folder/pid")" 2>/dev/null || break
        sleep 0.1
    done
    cat "$folder/log" >&2
    return 1
}

stop() {
    local pid tries
    pid=$(cat "$folder/pid")
    kill "$pid" 2>/dev/null || return 0
    for tries in {1..100}; do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$pid"
}

command=${1:-} folder=${2:-}
case $command in
available) build ;;
start) start ;;
stop) stop ;;
*)
    sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
