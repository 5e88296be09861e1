#!/bin/bash
# make lint: form, faults that can be seen without running, and the rules between the folders.
#   tools/lint.sh [CHECK...]     checks: calls folders headers format cppcheck tidy
# The last line is `N passed, N failed`; a check is one, whatever it found.
set -uo pipefail
cd "$(dirname "$0")/.."
checks=("$@")
[ ${#checks[@]} -gt 0 ] || checks=(calls folders headers format cppcheck tidy)
mapfile -t sources < <(git ls-files 'kernel/*.c' 'plugins/*.c' 'sdk/*.c' 'tools/*.c' 'tests/*.c')
mapfile -t headers < <(git ls-files 'kernel/*.h' 'plugins/*.h' 'sdk/*.h' 'tools/pryvctl/*.h' 'tests/*.h')
own_includes="-Isdk/include -Ikernel -Isdk/kit"
includes="$own_includes $(pkg-config --cflags libpq libmongoc-1.0 2>/dev/null)"
language="-std=c11 -D_GNU_SOURCE -DPRYVD_VERSION=__FILE__"
jobs=$(nproc)

# Functions that have a bounded or checked sibling. Comments and texts are taken out first.
lint_calls() {
    local banned='\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atof|strtok|system|popen|alloca|tmpnam|mktemp)[[:space:]]*\('
    local found=0 file
    for file in "${sources[@]}" "${headers[@]}"; do
        case $file in tests/*) continue ;; esac
        if sed -E 's,"([^"\\]|\\.)*","",g; s,//.*,,; s,/\*.*\*/,,' "$file" | grep -nE "$banned" | sed "s,^,$file:,"; then
            found=1
        fi
    done
    return $found
}

# A plugin takes in the SDK and its own headers; the kernel never a plugin's, and it names no method of the API.
lint_folders() {
    local found=0
    if grep -nE '^#include "' $(git ls-files 'plugins/*.[ch]') /dev/null | grep -E '"[^"]*/'; then
        echo "a plugin includes a header from another folder"
        found=1
    fi
    local folder header
    for folder in plugins/*/ sdk/kit/; do
        while read -r header; do
            [ -e "$folder$header" ] || { echo "$folder includes \"$header\", which is not its own"; found=1; }
        done < <(sed -nE 's/^#include "([^"]+)".*/\1/p' "$folder"*.[ch] 2>/dev/null | sort -u)
    done
    if grep -nE '#include [<"](\.\./|plugins/)' $(git ls-files 'kernel/*.[ch]' 'sdk/*.[ch]') /dev/null; then
        echo "kernel or SDK includes a plugin's header"
        found=1
    fi
    local resources='events|streams|accesses|auth|account|profile|webhooks|mfa|followedSlices|system|audit'
    local verbs='get|getOne|create|update|delete|login|logout|checkApp|start|stop|getPublic|getLogs'
    if grep -nE "\"($resources)\.($verbs)\"" $(git ls-files 'kernel/*.[ch]') /dev/null | grep -vE ':[0-9]+: *(/\*|\*|//)'; then
        echo "the kernel names a method of the API"
        found=1
    fi
    return $found
}

# Every header compiles alone, so the order of includes never matters.
lint_headers() {
    local found=0 header
    for header in "${headers[@]}"; do
        case $header in tests/lib/*) continue ;; esac
        # shellcheck disable=SC2086
        echo "#include \"$header\"" | cc $language -Wall -Wextra -Werror $includes -I. -I"$(dirname "$header")" -fsyntax-only -x c - ||
            { echo "$header does not compile alone"; found=1; }
    done
    return $found
}

lint_format() {
    clang-format --dry-run -Werror --ferror-limit=3 "${sources[@]}" "${headers[@]}"
}

lint_cppcheck() {
    # shellcheck disable=SC2086
    cppcheck --quiet -j "$jobs" --std=c11 --error-exitcode=1 --enable=warning,portability --inline-suppr --library=tools/cppcheck.cfg \
        --suppressions-list=tools/cppcheck.supp $own_includes -D_GNU_SOURCE -D__GNUC__=12 -DPRYVD_VERSION=__FILE__ kernel plugins sdk tools
}

# Only what changed since it was last found good is looked at again; a header or a setting that changed is everything.
lint_tidy() {
    local stamps=build/lint found=0
    mkdir -p "$stamps"
    local settings newest
    settings=$(ls -t .clang-tidy "${headers[@]}" | head -n 1)
    newest=$settings
    # The largest first, so that none of them is left over for one processor at the end.
    ls -S "${sources[@]}" | grep -v '^tests/' | while read -r file; do
        local stamp=$stamps/${file//\//_}.ok
        [ "$stamp" -nt "$file" ] && [ "$stamp" -nt "$newest" ] || echo "$file"
    done | xargs -r -P "$jobs" -I{} bash -c '
        file=$1 known="-include tools/analyzer.h"
        [ "$file" != kernel/error.c ] || known=
        if clang-tidy --quiet "$file" -- '"$language $includes"' -I"$(dirname "$file")" $known 2>/dev/null; then
            touch "'"$stamps"'/${file//\//_}.ok"
        else
            exit 1
        fi' _ {} || found=1
    return $found
}

# The program of a check is named as its Debian package is.
declare -A programs=([format]=clang-format [cppcheck]=cppcheck [tidy]=clang-tidy)
passed=0 failed=0 skipped=0 reasons=
for check in "${checks[@]}"; do
    program=${programs[$check]:-}
    if [ -n "$program" ] && ! command -v "$program" >/dev/null; then
        skipped=$((skipped + 1))
        reasons+="${reasons:+; }$program is not installed"
    elif "lint_$check"; then
        echo "ok   lint $check"
        passed=$((passed + 1))
    else
        echo "FAIL lint $check"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed${reasons:+, $skipped skipped: $reasons}"
[ "$failed" = 0 ]
