#!/usr/bin/env bash
# check-drawings.sh PREFIX SAME-FINDINGS DRAWING...
#
# Draws each drawing again and compares the findings.
set -u
prefix=$1 compare=$2 failures=0
shift 2
for drawing; do
  if ! bash "$compare" "$prefix" nodes "$drawing" >"$prefix.log" 2>&1; then
    echo "$drawing"
    cat "$prefix.log"
    failures=$((failures + 1))
  fi
done
echo "$failures failures"
exit $((failures != 0))
