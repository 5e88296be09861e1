# npm_packages [OPTION]: brings the packages that the package-lock.json of this folder names, unless they are there; or says why it cannot.
npm_packages() {
    [ node_modules/.package-lock.json -nt package-lock.json ] && return
    command -v npm >/dev/null || { echo "npm is not installed (Debian package npm)"; return 1; }
    npm ci "$@" --no-audit --no-fund --loglevel=error >&2 || { echo "the registry of npm packages cannot be reached"; return 1; }
}
