#!/usr/bin/env bash
# ./test.sh [filter]   installs what the tests need, builds everything, runs every test (or those whose full name contains the filter).
# The last line is "N passed, N failed, N skipped"; the exit code is not 0 when anything failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source eng/again.sh

fail() { echo "$*" >&2; exit 1; }

need_dotnet() {
  command -v dotnet >/dev/null 2>&1 || fail "The .NET 10 SDK is needed and 'dotnet' is not on the PATH. Install it, then run this again."
  case "$(dotnet --version 2>/dev/null)" in
    10.* | 1[1-9].*) ;;
    *) fail "The .NET 10 SDK is needed; 'dotnet --version' says: $(dotnet --version 2>&1 | head -n 1)" ;;
  esac
}

# need_packages PACKAGE:COMMAND... installs what is missing as root on Debian, and says what is missing elsewhere.
need_packages() {
  local missing=() pair
  for pair in "$@"; do
    local file=${pair#*:}
    command -v "$file" >/dev/null 2>&1 || compgen -G "$file" >/dev/null || missing+=("${pair%%:*}")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    fail "The tests need these packages (Debian names), which are not installed: ${missing[*]}. Install them, then run this again."
  fi
  echo "Installing ${missing[*]} ..." >&2
  { again apt-get update -qq && DEBIAN_FRONTEND=noninteractive again apt-get -o DPkg::Lock::Timeout=600 install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>/tmp/holdfast-apt.log ||
    { cat /tmp/holdfast-apt.log >&2; fail "Installing ${missing[*]} failed."; }
}

need_dotnet
need_packages clang:'/usr/bin/clang-[0-9]*' zlib1g-dev:'/usr/lib/*/libz.so' # they link the sample that is compiled ahead of time
need_packages redis-server:redis-server postgresql:'/usr/lib/postgresql/*/bin/postgres' pgbouncer:/usr/sbin/pgbouncer
need_packages chromium:chromium # the browser that the web sample is driven with
eng/install-dynamodb-local.sh >/dev/null || fail "The tests need DynamoDB Local."

results=$(mktemp -d)
# Builds and tests are short programs: what counts how often they do something, to compile it a third time, costs more of them than it saves.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_TieredPGO=0
# One compiler for all that is built here and by the tests, ended with this script: to start one for each project costs more than most projects do.
export UseSharedCompilation=true SharedCompilationId=holdfast-$$
trap 'rm -rf "$results"; pkill -f -- "-pipename:$SharedCompilationId\$" || true' EXIT

dotnet build Holdfast.slnx -c Release -v q -nologo -clp:NoSummary || fail "The build failed."

# The longest first, so that none of them is left running alone at the end. A project that is not named here follows.
longest=(Holdfast.DynamoDb.Tests Holdfast.Packaging.Tests Holdfast.Redis.Tests Holdfast.Postgres.Tests Holdfast.Sqlite.Tests Holdfast.Backends.Tests)
projects=()
for name in "${longest[@]}" $(cd tests && ls -d -- *.Tests); do
  [[ -d tests/$name && " ${projects[*]} " != *" $name "* ]] && projects+=("$name")
done

# What a shell runs in the background ignores Ctrl-C, and so would what the tests start: some of them send it that signal.
signals=(env --default-signal=INT,QUIT)
"${signals[@]}" true 2>/dev/null || signals=()

# A test project is a program that runs its tests. 'dotnet test' starts it twice and passes every result on, which is needed only for its filters.
run_project() {
  if [ -z "$2" ]; then
    "${signals[@]}" "tests/$1/bin/Release/net10.0/$1" -noLogo -noColor -reporter quiet -trx "$results/$1.trx"
  else
    dotnet test "tests/$1" -c Release --no-build --nologo -v q --results-directory "$results" --logger "trx;LogFilePrefix=$1" --logger "console;verbosity=minimal" \
      --filter "FullyQualifiedName~$2|DisplayName~$2"
  fi
}

test_project() {
  local name=$1 TIMEFORMAT='%R s, of which the processors worked %U + %S s'
  { time if run_project "$name" "$2" >"$results/$name.log" 2>&1; then touch "$results/$name.passed"; fi; } 2>"$results/$name.time"
  { echo "== $name, $(<"$results/$name.time")"; cat "$results/$name.log"; } # in one piece, whatever else is written meanwhile
}

# Three projects at a time: much of their time they wait for servers, disks and each other's processes.
status=0
for name in "${projects[@]}"; do
  while [ "$(jobs -rp | wc -l)" -ge 3 ]; do wait -n; done
  test_project "$name" "${1:-}" &
done
wait
for name in "${projects[@]}"; do
  [ -e "$results/$name.passed" ] || status=1
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
