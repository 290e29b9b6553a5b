#!/bin/sh
# Applies the plan that was reviewed, after the merge.
#
#   apply.sh WORKSPACE OUT [OPTION of `reconciler apply`]...
#
# On GitHub the plan is the one that the comment on the merged pull request names, and is saved to
# OUT/plan.json; elsewhere OUT/plan.json is there, from the job that planned. OUT gets apply.md, apply.json and
# apply.junit.xml, and the pull request a comment. Ends with the exit code of `reconciler apply`. Where that is
# 5 (or the plan is not kept any more), nothing was sent, and a new plan is made in OUT/again and shown where the
# old one was. Run again, this applies the new one.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
workspace=$1
out=$2
shift 2

mkdir -p "$out"
rm -f "$out"/apply.*
code=0
tell reviewed "plan $workspace" "$out/plan.json" || code=$?
if [ "$code" -eq 0 ]; then
  shown reconciler apply "$out/plan.json" --workspace "$workspace" --auto-approve \
    --write "json=$out/apply.json" --write "markdown=$out/apply.md" \
    --write "junit=$out/apply.junit.xml" "$@" || code=$?
fi
summarise "$out/apply.md"
told=0
[ ! -f "$out/apply.md" ] || tell comment "apply $workspace" "$out/apply.md" || told=$?
if [ "$code" -eq 5 ]; then
  # Its own exit code says nothing about this run's.
  "$here/plan.sh" "$workspace" "$out/again" || true
fi
finish "$code" "$told"
