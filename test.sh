#!/usr/bin/env bash
# ./test.sh [filter]   installs what the tests need, builds everything, runs every test (or those whose full name contains the filter).
# The last line is "N passed, N failed, N skipped"; the exit code is not 0 when anything failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. eng/lib.sh

need_dotnet
need_packages libsqlite3-0:'/usr/lib/*/libsqlite3.so.0'

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build Holdfast.slnx -c Release -v q -nologo -clp:NoSummary || fail "The build failed."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0
for project in tests/*.Tests; do
  echo "== ${project#tests/}"
  dotnet test "$project" -c Release --no-build --nologo -v q --results-directory "$results" --logger "trx;LogFilePrefix=$(basename "$project")" \
    ${1:+--filter "FullyQualifiedName~$1|DisplayName~$1"} || status=1
done

# The counts of all result files: <Counters total=".." passed=".." failed=".." error=".." ... notExecuted=".." />
sum() { { grep -rhoE "<Counters [^>]*" "$results" || true; } | { grep -oE " $1=\"[0-9]+\"" || true; } | grep -oE '[0-9]+' | awk '{ n += $1 } END { print n + 0 }'; }
total=$(sum total) passed=$(sum passed) failed=$(($(sum failed) + $(sum error) + $(sum timeout) + $(sum aborted)))
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
  echo "A test program ended without telling its results." >&2
  failed=1
fi
if [ "$total" -eq 0 ]; then
  echo "No test matches '${1:-}'." >&2
  status=1
fi
echo "$passed passed, $failed failed, $((total > passed + failed ? total - passed - failed : 0)) skipped"
exit "$status"
