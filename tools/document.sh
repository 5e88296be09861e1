#!/bin/bash
# Writes docs/configuration.md from what kernel and plugins declare; --check only tells whether it is current.
set -euo pipefail
cd "$(dirname "$0")/.."
written=$(mktemp)
trap 'rm -f "$written"' EXIT
"${B:-build}/pryvd" --document-config >"$written"
if [ "${1:-}" = --check ]; then
    diff -u docs/configuration.md "$written"
else
    cp "$written" docs/configuration.md
fi
