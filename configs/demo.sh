#!/usr/bin/env bash
# The whole round on a copy of configs/genomics, on the embedded platform: plan, apply what is legal,
# plan again, change a project behind the tool's back, find it as drift. Nothing outside this machine
# is touched; the copy is thrown away. Run it with `make demo`.
#
# Needs `reconciler` and its `python` first on PATH. Fails if a command ends with another exit code
# than the one named with it, or if it does not say what it must say.
set -u

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The demo is about its own embedded platform, whatever this shell is logged in to.
unset RECONCILER_SANDBOX DX_SECURITY_CONTEXT DX_APISERVER_PROTOCOL DX_APISERVER_HOST DX_APISERVER_PORT
unset CI

say() { printf '\n=== %s\n' "$*"; }

fail() {
  printf 'demo: %s\n' "$*" >&2
  exit 1
}

# run CODE ARGUMENT…: show the command, run it, keep what it prints, insist on its exit code.
run() {
  local expected=$1 status
  shift
  printf '$ reconciler %s\n\n' "$*"
  reconciler "$@" | tee "$work/output"
  status=${PIPESTATUS[0]}
  printf '\n(exit %s)\n' "$status"
  [ "$status" -eq "$expected" ] || fail "\"reconciler $*\" ended with exit code $status, not $expected"
}

must_say() { grep -Eq -- "$1" "$work/output" || fail "the output above lacks: $1"; }
must_not_say() { ! grep -Eq -- "$1" "$work/output" || fail "the output above must not say: $1"; }

cp -R "$here/genomics" "$work/genomics"
rm -rf "$work/genomics/.reconciler"
cd "$work/genomics" || fail "cannot enter $work/genomics"

say '1. What would be done, and why not everything (exit 3: something is refused)'
run 3 plan
for part in 'to create' 'to update' 'to adopt' manual blocked refused unreadable; do
  must_say "^Plan: .*[0-9] $part"
done

say '2. Apply what is legal (exit 7: it is done, but something could not be read)'
run 7 apply --auto-approve --skip-refused
must_say '0 failed, 0 not attempted, 0 uncertain'

say '3. Plan again: no step is left, only what is manual, blocked, refused or unreadable'
run 3 plan
must_say '^No changes to apply\.'
must_not_say '^Plan: .*to (create|update|adopt|transfer)'

say "4. Somebody renames a project at the platform, behind the tool's back"
python - .reconciler/sandbox.json <<'PYTHON' || fail 'the embedded platform did not take the change'
"""Call the embedded platform's API as any other client would."""
import json
import sys
import urllib.request

endpoint = json.load(open(sys.argv[1], encoding="utf-8"))["endpoint"]
path = "/project-J0000000000000000000001A/update"
change = {"name": "RNA-seq atlas (do not use)"}
request = urllib.request.Request(
    endpoint + path,
    data=json.dumps(change).encode(),
    headers={"Authorization": "Bearer alice-token", "Content-Type": "application/json"},
)
print(f"POST {path} {json.dumps(change)}")
with urllib.request.urlopen(request, timeout=10) as answer:
    print(answer.status, answer.read().decode())
PYTHON

say '5. What has drifted (exit 2: the platform differs from what was applied)'
run 2 drift
must_say 'rnaseq-atlas +drifted'

say 'Done. That was a copy; the workspace itself is configs/genomics.'
