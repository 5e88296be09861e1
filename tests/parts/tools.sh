# The developers' tools do what they are for: each is shown something wrong, and must say so.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0
result() {
    if [ "$1" = 0 ]; then
        echo "ok   $2"
        passed=$((passed + 1))
    else
        echo "FAIL $2"
        failed=$((failed + 1))
    fi
}

# install-deps, on a machine where two packages are missing: those and no others, without fetching lists that are there.
mkdir "$work/bin"
cat >"$work/bin/dpkg-query" <<'SH'
#!/bin/sh
case "$*" in *libyaml-dev*|*libcriterion-dev*) echo not-installed ;; *) echo installed ;; esac
SH
cat >"$work/bin/apt-get" <<SH
#!/bin/sh
echo "\$@" >>$work/apt
SH
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
chmod +x "$work"/bin/*
PATH=$work/bin:$PATH tools/install-deps.sh build >/dev/null
grep -qE 'install .* libyaml-dev$' "$work/apt" && ! grep -q libevent "$work/apt"
result $? "install-deps installs what is missing, and only that"
[ "$(PATH=$work/bin:$PATH tools/install-deps.sh --list test)" = libcriterion-dev ]
result $? "install-deps --list names what is missing"
printf '#!/bin/sh\nexit 1\n' >"$work/bin/pkg-config"
chmod +x "$work/bin/pkg-config"
[[ $(PATH=$work/bin:$PATH make -n SAN= B="$work/none" 2>&1) == *'missing packages: libyaml-dev'*'make deps'* ]]
result $? "make names the packages that are missing"

# abi-check, on a copy whose struct has a new member in the middle, then at the end.
copy() {
    rm -rf "$work/tree"
    mkdir -p "$work/tree"
    cp -r tools sdk "$work/tree/"
}
copy
"$work/tree/tools/abi-check" 2>/dev/null
result $? "abi-check accepts the SDK as it is"
sed -i 's/^    const char \*name;  *\/\* "storage-sqlite"/    long inserted;\n&/' "$work/tree/sdk/include/pryv/plugin.h"
grep -q inserted "$work/tree/sdk/include/pryv/plugin.h" && ! "$work/tree/tools/abi-check" 2>/dev/null
result $? "abi-check refuses a member put in the middle"
copy
sed -i 's/^    void (\*stop)(void \*self);.*/&\n    int appended;/' "$work/tree/sdk/include/pryv/plugin.h"
grep -q appended "$work/tree/sdk/include/pryv/plugin.h" && "$work/tree/tools/abi-check" 2>/dev/null
result $? "abi-check accepts a member put at the end"

# lint, on a file with a banned call and on a kernel that names a method.
git clone -q --shared . "$work/lint" 2>/dev/null
cp tools/lint.sh "$work/lint/tools/lint.sh"
cat >"$work/lint/kernel/wrong.c" <<'C'
#include <string.h>
void wrong(char *to, const char *from);
void wrong(char *to, const char *from)
{
    strcpy(to, from);
}
const char *method = "events.get";
C
git -C "$work/lint" add kernel/wrong.c
! "$work/lint/tools/lint.sh" calls >/dev/null
result $? "lint refuses a banned call"
! "$work/lint/tools/lint.sh" folders >/dev/null
result $? "lint refuses a kernel that names a method"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
