# Sourced by the scripts that install something: again COMMAND ... tries a command up to three times.
# A network, or somebody else who installs something, may be in the way for a moment.
again() {
  local try
  for try in 1 2 3; do
    "$@" && return
    sleep $((try * 5))
  done
  return 1
}
