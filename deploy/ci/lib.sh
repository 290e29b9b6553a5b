# shellcheck shell=sh
# What the scripts of this folder share. Each reads this file as its first deed.

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

# Runs a command whose output is no command to GitHub's runner, whatever names stand in it.
shown() {
  if [ "${GITHUB_ACTIONS-}" != true ]; then
    "$@"
    return
  fi
  word=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$word"
  "$@" && status=0 || status=$?
  printf '::%s::\n' "$word"
  return "$status"
}

# Tells GitHub, where the run is one of its own and has a token; elsewhere it tells nobody. See github.py.
tell() {
  [ "${GITHUB_ACTIONS-}" != true ] || [ -z "${GITHUB_TOKEN-}" ] || python3 "$here/github.py" "$@"
}

# For the page of this run. An error of usage writes no file.
summarise() {
  [ -z "${GITHUB_STEP_SUMMARY-}" ] || [ ! -f "$1" ] || cat "$1" >>"$GITHUB_STEP_SUMMARY"
}

# Commands to the runner that mark lines of the change.
annotate() {
  [ "${GITHUB_ACTIONS-}" != true ] || [ ! -f "$1" ] || cat "$1"
}

# For the steps after this one, where there are any.
output() {
  [ -z "${GITHUB_OUTPUT-}" ] || printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
}

# Ends with the code of the command; with 1 where that was 0 and nobody could be told.
finish() {
  if [ "$1" -eq 0 ] && [ "$2" -ne 0 ]; then exit 1; fi
  exit "$1"
}
