#!/usr/bin/env bash
# Installs Amazon's DynamoDB Local, on which the tests of the DynamoDB backend run, into a cache folder outside the repository.
# Does nothing when it is there already. Needs npm, tar, and Java 17 or later to run it.
set -euo pipefail

version=2.9.30
root="${HOLDFAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/holdfast}/dynamodb-local"
home="$root/$version"

if [[ ! -f "$home/DynamoDBLocal.jar" ]]; then
  mkdir -p "$root"
  work="$(mktemp -d "$root/install.XXXXXX")"
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm pack --silent "amplify-dynamodb-simulator@$version" > /dev/null && tar -xzf ./*.tgz)
  # Renamed whole, so that an interrupted run, or two at once, never leave half of it.
  mv -T "$work/package/emulator" "$home" 2> /dev/null || [[ -f "$home/DynamoDBLocal.jar" ]]
fi

if ! command -v java > /dev/null; then
  echo "DynamoDB Local is in $home, but there is no Java to run it: install Java 17, such as openjdk-17-jre-headless." >&2
  exit 1
fi

echo "$home"
