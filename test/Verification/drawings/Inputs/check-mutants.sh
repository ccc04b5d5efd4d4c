#!/usr/bin/env bash
# check-mutants.sh PREFIX COUNT KINDS [option of dag-draw]...
#
# Checks COUNT mutants of each of KINDS, which are separated by spaces; places
# are spread over the drawing.
set -u
prefix=$1 count=$2 kinds=$3
shift 3
here=$(dirname "$0") failures=0
for kind in $kinds; do
  for ((i = 0; i < count; ++i)); do
    "$here/check-drawing.sh" "$prefix" "$@" --mutate="$kind" \
      --mutation-seed=$((i * 37 + 11)) || failures=$((failures + 1))
  done
done
echo "$failures failures"
exit $((failures != 0))
