#!/bin/sh
# Looks for drift, every night. Sends nothing to the platform that writes.
#
#   drift.sh WORKSPACE OUT [OPTION of `reconciler drift`]...
#
# OUT, a folder, gets drift.md, drift.json, drift.sarif, drift.junit.xml and drift.prom (metrics). On GitHub one issue is opened,
# then kept up to date, and closed on a night that finds nothing. Ends with the exit code of
# `reconciler drift`.
set -eu
# shellcheck source=lib.sh
. "$(dirname -- "$0")/lib.sh"
workspace=$1
out=$2
shift 2

mkdir -p "$out"
# drift.prom stays: the next one takes the time of the last success over from it.
rm -f "$out/drift.md" "$out/drift.json" "$out/drift.sarif" "$out/drift.junit.xml"
code=0
shown reconciler drift "$workspace" \
  --write "markdown=$out/drift.md" --write "json=$out/drift.json" --write "sarif=$out/drift.sarif" \
  --write "junit=$out/drift.junit.xml" --write "openmetrics=$out/drift.prom" "$@" || code=$?
summarise "$out/drift.md"
[ ! -f "$out/drift.sarif" ] || output sarif "$out/drift.sarif"

told=0
if [ "$code" -eq 0 ]; then
  tell quiet "drift $workspace" "$out/drift.md" || told=$?
elif [ -f "$out/drift.md" ]; then
  tell issue "drift $workspace" "$out/drift.md" "Drift of $workspace (exit code $code)" || told=$?
fi
finish "$code" "$told"
