#!/usr/bin/env bash
# bench/compare.sh [--quick] [--only NAME,NAME] [--repetitions N] [--results FILE] [--document FILE]
# Runs Holdfast and its peers on the same work, in turns, and writes bench/results/comparison.json, docs/comparison.md and docs/comparison/*.svg (a quick run: into artifacts/comparison).
# It installs what it needs: on Debian servers and compilers as root; the peers, at the versions of bench/peers/package.json, in a folder outside of the repository ($HOLDFAST_PEERS_CACHE).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
peers=$root/bench/peers

fail() { echo "compare.sh: $*" >&2; exit 1; }

quick=() only=() repetitions=() results='' document=''
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=(--quick); shift ;;
    --only) only=(--only "${2:?--only needs names}"); shift 2 ;;
    --repetitions) repetitions=(--repetitions "${2:?--repetitions needs a number}"); shift 2 ;;
    --results) results=$(realpath -m "${2:?--results needs a file}"); shift 2 ;;
    --document) document=$(realpath -m "${2:?--document needs a file}"); shift 2 ;;
    *) fail "unknown option '$1'. Usage: bench/compare.sh [--quick] [--only NAME,NAME] [--repetitions N] [--results FILE] [--document FILE]" ;;
  esac
done

# What is not the whole run does not take the place of its results.
if [ ${#quick[@]} -gt 0 ] || [ ${#only[@]} -gt 0 ]; then
  mkdir -p "$root/artifacts/comparison"
  : "${results:=$root/artifacts/comparison/comparison.json}"
  if [ -z "$document" ]; then
    document=$root/artifacts/comparison/comparison.md
    cp "$root/docs/comparison.md" "$document"
  fi
fi
: "${results:=$root/bench/results/comparison.json}" "${document:=$root/docs/comparison.md}"

# need PACKAGE COMMAND-OR-FILE...
need() {
  local missing=()
  while [ $# -gt 0 ]; do
    command -v "$2" >/dev/null 2>&1 || compgen -G "$2" >/dev/null || missing+=("$1")
    shift 2
  done
  [ ${#missing[@]} -eq 0 ] && return
  { [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; } || fail "these packages (Debian names) are needed and not installed: ${missing[*]}"
  echo "Installing ${missing[*]} ..." >&2
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null || fail "installing ${missing[*]} failed."
}

command -v dotnet >/dev/null || fail "the .NET 10 SDK is needed and 'dotnet' is not on the PATH."
need redis-server redis-server postgresql '/usr/lib/postgresql/*/bin/postgres' libsqlite3-0 '/usr/lib/*/libsqlite3.so.0' nodejs node npm npm g++ g++ make make python3 python3

# A folder for each state of package.json, so that other versions never mix with these.
cache=${HOLDFAST_PEERS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast/peers}
packages=$cache/$(sha256sum "$peers/package.json" | cut -c1-16)-node$(node -p process.versions.modules)
if [ ! -f "$packages/installed" ]; then
  echo "Installing the peers into $packages (a few minutes) ..." >&2
  mkdir -p "$packages"
  cp "$peers/package.json" "$packages/"
  # Without --legacy-peer-deps npm does not come to an end with LangGraph's peer dependencies.
  (cd "$packages" && npm install --legacy-peer-deps --no-audit --no-fund --no-package-lock --loglevel=error) >&2 || fail "installing the peers failed."
  touch "$packages/installed"
fi
node22=$packages/node_modules/.bin/node
[ -x "$node22" ] || node22=$(command -v node)

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build "$root/bench/Holdfast.Compare" -c Release -v q -nologo -clp:ErrorsOnly >&2 || fail "the build failed."
# Stores are made in the temporary folder (TMPDIR), which has to be on a disk: fsync means nothing in memory.
exec dotnet "$root/bench/Holdfast.Compare/bin/Release/net10.0/Holdfast.Compare.dll" run \
  --peers "$peers" --packages "$packages" --node22 "$node22" --results "$results" --document "$document" "${quick[@]}" "${only[@]}" "${repetitions[@]}"
