#!/bin/sh
# What a pull request from a fork gets: no login, and no comment, for it has no token that could write one.
#
#   fork.sh WORKSPACE OUT [SNAPSHOT]
#
# With a file of `reconciler snapshot` it is planned offline, else it is only validated. OUT, a folder,
# gets plan.md. Ends with the exit code of `reconciler`.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
workspace=$1
out=$2
snapshot=${3-}

mkdir -p "$out"
rm -f "$out"/plan.*
set -- validate "$workspace"
[ -z "$snapshot" ] || set -- plan "$workspace" --snapshot "$snapshot"
code=0
shown reconciler "$@" --write "markdown=$out/plan.md" --write "github=$out/plan.annotations" || code=$?
summarise "$out/plan.md"
annotate "$out/plan.annotations"
exit "$code"
