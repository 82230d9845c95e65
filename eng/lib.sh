# Shared by run.sh and test.sh: what they need on the machine. Sourced, not run.

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
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null 2>/tmp/holdfast-apt.log ||
    { cat /tmp/holdfast-apt.log >&2; fail "Installing ${missing[*]} failed."; }
}
