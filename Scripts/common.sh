# What the scripts share: where the package is, which swift to use, how to say things. Sourced, never run.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

die() {
    say "error: $*"
    exit 1
}

# Puts Swift 6.3 or newer on PATH; swift.org's archive is often unpacked in one of these places.
find_swift() {
    local directory version
    if ! command -v swift >/dev/null; then
        for directory in /opt/swift/usr/bin /usr/local/swift/usr/bin /usr/libexec/swift/bin \
            "${SWIFTLY_BIN_DIR:-${HOME:-/root}/.local/share/swiftly/bin}"; do
            if [ -x "$directory/swift" ]; then PATH="$directory:$PATH" && break; fi
        done
        export PATH
    fi
    command -v swift >/dev/null ||
        die "Swift is not installed; get 6.3 or newer from https://www.swift.org/install/linux and put it on PATH"
    # The driver prints its version to standard error and the compiler's to standard output.
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || die "$(command -v swift) does not tell its version; is the toolchain complete?"
    [ "$(printf '6.3\n%s\n' "$version" | sort -V | head -n 1)" = 6.3 ] ||
        die "Swift $version is too old: this package needs 6.3 or newer (https://www.swift.org/install/linux)"
}
