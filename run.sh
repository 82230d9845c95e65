#!/bin/sh
# Runs the holdfast tool from the sources: ./run.sh [arguments]; without arguments, a chat.
# It is built first if something changed since the last time. Nothing but the tool itself writes to the standard output.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
tool="$root/src/Holdfast.Cli/bin/Release/net10.0/Holdfast.Cli.dll"
stamp="$root/src/Holdfast.Cli/obj/run.stamp"

say() {
    printf 'run.sh: %s\n' "$1" >&2
}

fail() {
    say "$1"
    exit 1
}

if command -v dotnet >/dev/null 2>&1; then
    dotnet=dotnet
elif [ -n "${DOTNET_ROOT:-}" ] && [ -x "$DOTNET_ROOT/dotnet" ]; then
    dotnet="$DOTNET_ROOT/dotnet"
elif [ -x "${HOME:-/}/.dotnet/dotnet" ]; then
    dotnet="$HOME/.dotnet/dotnet"
else
    fail "the .NET SDK 10.0 is needed, and there is no 'dotnet' on the PATH, in DOTNET_ROOT or in ~/.dotnet. See https://dot.net/download."
fi

# Folders count too, so that a file that was removed is noticed; but not those of the projects, where the build itself makes others.
is_current() {
    [ -f "$tool" ] && [ -f "$stamp" ] && [ -z "$(
        find "$root/src" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/global.json" \
            \( -name obj -o -name bin \) -prune -o \
            \( -type f -o -type d -path "$root/src/*/*" \) -newer "$stamp" -print 2>/dev/null | head -n 1
    )" ]
}

build() {
    # The time is taken before, so that what is edited during the build is built the next time.
    if [ -f "$tool" ]; then
        say "building (the sources have changed) …"
    else
        say "building (first run) … this takes a minute or two"
    fi
    mkdir -p "${stamp%/*}"
    : >"$stamp.new"
    log=$(mktemp)
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
    if "$dotnet" build "$root/src/Holdfast.Cli/Holdfast.Cli.csproj" -c Release -v quiet --nologo --disable-build-servers >"$log" 2>&1; then
        mv -f "$stamp.new" "$stamp"
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log" "$stamp.new"
        fail "the build failed."
    fi
}

if ! is_current; then
    # Whoever comes second waits for the build of the first, where there is a tool to wait with.
    if command -v flock >/dev/null 2>&1; then
        mkdir -p "${stamp%/*}"
        exec 9>"$stamp.lock"
        flock -n 9 || { say "waiting for another run.sh that builds …"; flock 9; }
        is_current || build 9>&-
        exec 9>&-
    else
        build
    fi
fi

[ $# -gt 0 ] || set -- chat
exec "$dotnet" "$tool" "$@"
