#!/bin/bash
# Installs the Debian packages that are missing, and only those.
#   tools/install-deps.sh build    what compiling and running pryvd needs
#   tools/install-deps.sh test     what the tests, the linter and the bench need besides
#   tools/install-deps.sh --list build|test    names what is missing, installs nothing
# With sudo where not root. Package lists are fetched only when they are absent or too old to install from.
set -euo pipefail

# A library is there when its package is; a program when the command is, wherever it came from.
build_packages="libc6-dev libcrypt-dev libcurl4-openssl-dev libevent-dev libjansson-dev libmongoc-dev libpcre2-dev libpq-dev libsodium-dev libsqlite3-dev libssl-dev libyaml-dev wordnet-base zlib1g-dev"
build_commands="gcc:gcc make:make pkg-config:pkg-config"
test_packages="libclang-rt-14-dev libcriterion-dev pgbouncer postgresql"
test_commands="chromium:chromium clang:clang clang-format:clang-format clang-tidy:clang-tidy cppcheck:cppcheck curl:curl node:nodejs npm:npm sqlite3:sqlite3 wrk:wrk"

missing() {
    local packages=$1 commands=$2 package pair
    for package in $packages; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
    for pair in $commands; do
        command -v "${pair%%:*}" >/dev/null || echo "${pair##*:}"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "install-deps: not root and no sudo; run as root: $*" >&2
        return 1
    fi
}

only_list=
if [ "${1:-}" = --list ]; then
    only_list=yes
    shift
fi
case "${1:-}" in
build) wanted=$(missing "$build_packages" "$build_commands") ;;
test) wanted=$(missing "$test_packages" "$test_commands") ;;
*)
    echo "usage: $0 [--list] build|test" >&2
    exit 2
    ;;
esac

[ -n "$wanted" ] || exit 0
if [ -n "$only_list" ]; then
    echo "$wanted"
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    printf 'install-deps: no apt-get here. Install what corresponds to these Debian packages:\n%s\n' "$wanted" >&2
    exit 1
fi

echo "installing:" $wanted
install="env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
if ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; then
    as_root apt-get update -qq
fi
# shellcheck disable=SC2086  # lists of words
as_root $install $wanted || { as_root apt-get update -qq && as_root $install $wanted; }
