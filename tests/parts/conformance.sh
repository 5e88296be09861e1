# The conformance scenarios, every profile that a configuration alone can serve.
# Steps of features that do not exist yet are counted, and only a drop against tests/conformance-recorded.json fails.
set -uo pipefail
if ! [ -x "$B/pryvd" ]; then
    echo "0 passed, 1 failed, 0 skipped: no $B/pryvd"
    exit 1
fi
exec node tests/conformance/run-profile.mjs --all
