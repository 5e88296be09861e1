#!/bin/bash
# A FerretDB of our own, built from its Go module (tests/deps/ferretdb), on a free port.
#   tests/deps/ferretdb.sh available [BACKEND]      status 0, or a line why there can be none
#   tests/deps/ferretdb.sh start FOLDER [BACKEND]   starts it with its data in the folder, waits until it listens, says its connection string
#   tests/deps/ferretdb.sh stop FOLDER [KILL]       ends it, and its back end; KILL: as a crash does
#   tests/deps/ferretdb.sh again FOLDER             starts it again on the same port and data
# The back end is `postgresql` (a PostgreSQL of its own, see postgres.sh) or `sqlite`; unless told, PostgreSQL where there is one.
# The program is kept in build/deps and built once: a few minutes, and some 150 MB of modules from the Go module proxy.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$here/../../build/deps/ferretdb

build() {
    [ -x "$program" ] && [ "$program" -nt "$here/ferretdb/main.go" ] && [ "$program" -nt "$here/ferretdb/go.mod" ] && return
    command -v go >/dev/null || { echo "Go is not installed (Debian package golang-go), of which FerretDB is built"; return 1; }
    mkdir -p "$(dirname "$program")"
    (cd "$here/ferretdb" && flock "$program.lock" nice go build -p 1 -o "$program" .) >"$program.log" 2>&1 ||
        { echo "FerretDB cannot be built: $(tail -n 1 "$program.log")"; return 1; }
}

available() {
    if [ "${1:-}" = postgresql ]; then
        "$here/postgres.sh" available || return 1
    fi
    build
}

# The back end, and where FerretDB finds it.
start_backend() {
    local backend=${1:-}
    if [ -z "$backend" ]; then
        backend=sqlite
        ! "$here/postgres.sh" available >/dev/null || backend=postgresql
    fi
    if [ "$backend" = postgresql ]; then
        chmod 711 "$folder" # PostgreSQL is another user's
        echo "postgres://pryv@127.0.0.1:$("$here/postgres.sh" start "$folder/postgres")/pryv-node" >"$folder/data"
    else
        mkdir "$folder/sqlite"
        echo "$folder/sqlite" >"$folder/data"
    fi
}

# serve [PORT]
serve() {
    local tries
    : >"$folder/url"
    # It makes garbage of every document it reads: collecting that less often makes it a quarter faster.
    GOGC=400 "$program" "$(cat "$folder/data")" "$@" >"$folder/url" 2>"$folder/log" &
    echo $! >"$folder/pid"
    for tries in {1..600}; do
        [ ! -s "$folder/url" ] || { cat "$folder/url"; return; }
        kill -0 "$(cat "$folder/pid")" 2>/dev/null || break
        sleep 0.1
    done
    cat "$folder/log" >&2
    return 1
}

start() {
    build >&2
    start_backend "$@"
    serve
}

again() {
    local url
    url=$(cat "$folder/url")
    url=${url%/}
    [ ! -d "$folder/postgres" ] || "$here/postgres.sh" again "$folder/postgres"
    serve "${url##*:}"
}

# end [SIGNAL]
end() {
    local pid tries
    pid=$(cat "$folder/pid")
    kill -"${1:-TERM}" "$pid" 2>/dev/null || return 0
    for tries in {1..100}; do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "$pid"
}

# stop [KILL]
stop() {
    end "${1:-TERM}"
    [ ! -d "$folder/postgres" ] || "$here/postgres.sh" stop "$folder/postgres" "$([ "${1:-}" = KILL ] && echo immediate || echo fast)"
}

command=${1:-} folder=${2:-}
case $command in
available) available "${2:-}" ;;
start) start "${3:-}" ;;
stop) stop "${3:-}" ;;
again) again ;;
*)
    sed -n '2,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
