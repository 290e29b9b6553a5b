#!/bin/sh
# Plans what a pull request asks for, and shows it there. Sends nothing to the platform that writes.
#
#   plan.sh WORKSPACE OUT [OPTION of `reconciler plan`]...
#
# OUT, a folder, gets plan.json (what apply.sh applies) and the same as plan.md, plan.sarif,
# plan.gitlab.json (code quality), plan.junit.xml and plan.annotations. Ends with the exit code of `reconciler plan`.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
workspace=$1
out=$2
shift 2

mkdir -p "$out"
# A plan of an earlier run must not be taken for this one's.
rm -f "$out"/plan.*
code=0
shown reconciler plan "$workspace" -o "$out/plan.json" \
  --write "markdown=$out/plan.md" --write "sarif=$out/plan.sarif" \
  --write "gitlab=$out/plan.gitlab.json" --write "github=$out/plan.annotations" \
  --write "junit=$out/plan.junit.xml" "$@" || code=$?
summarise "$out/plan.md"
annotate "$out/plan.annotations"

if [ -f "$out/plan.json" ]; then
  output plan "$out/plan.json"
  output digest "$(sed -n 's/^<!-- reconciler:reviewed .* digest=\([0-9a-f]*\) -->$/\1/p' "$out/plan.md")"
fi
[ ! -f "$out/plan.sarif" ] || output sarif "$out/plan.sarif"
told=0
[ ! -f "$out/plan.md" ] || tell comment "plan $workspace" "$out/plan.md" || told=$?
finish "$code" "$told"
