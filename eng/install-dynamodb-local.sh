#!/usr/bin/env bash
# Installs Amazon's DynamoDB Local, on which the tests of the DynamoDB backend run, into a cache folder outside the repository, and prints where it is.
# Does nothing when it is there already. It takes Java 17 or later to run it and npm to download it: as root on Debian they are installed
# where they are missing, elsewhere they are asked for.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/again.sh"

version=2.9.30
digest=3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9
root="${HOLDFAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast}/dynamodb-local"
home="$root/$version"

fail() { echo "$*" >&2; exit 1; }

# need COMMAND PACKAGE
need() {
  command -v "$1" > /dev/null && return
  [[ "$(id -u)" -eq 0 ]] && command -v apt-get > /dev/null || fail "DynamoDB Local needs '$1', which is not installed. On Debian: apt-get install $2."
  echo "Installing $2 ..." >&2
  { again apt-get update -qq && DEBIAN_FRONTEND=noninteractive again apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "$2"; } > /dev/null ||
    fail "Installing $2, which DynamoDB Local needs, failed."
}

need java openjdk-17-jre-headless

if [[ ! -f "$home/DynamoDBLocal.jar" ]]; then
  need npm npm
  mkdir -p "$root"
  work="$(mktemp -d "$root/install.XXXXXX")"
  trap 'rm -rf "$work"' EXIT
  cd "$work"
  again npm pack --silent "amplify-dynamodb-simulator@$version" > /dev/null || fail "Downloading DynamoDB Local $version with npm failed."
  echo "$digest  amplify-dynamodb-simulator-$version.tgz" | sha256sum --check --quiet >&2 || fail "What was downloaded for DynamoDB Local $version is not what was expected."
  tar -xzf ./*.tgz
  # Renamed whole, so that an interrupted run, or two at once, never leave half of it.
  mv -T package/emulator "$home" 2> /dev/null || [[ -f "$home/DynamoDBLocal.jar" ]] || fail "'$home' is in the way: it has no DynamoDBLocal.jar. Remove it, then run this again."
fi

echo "$home"
