#!/usr/bin/env bash
# check-repair-mutants.sh PREFIX CONFIG EXPECTED [option of dag-draw]...
#
# Checks a mutant of each kind that the drawing has a place for.
set -u
prefix=$1 config=$2 expected=$3
shift 3
here=$(dirname "$0") failures=0
for kind in $(dag-draw --list-mutations | awk '{print $1}'); do
  dag-draw --layers=4 --tp=2 --pp=2 "$@" --mutate="$kind" -o /dev/null \
    2>/dev/null || continue
  bash "$here/check-repair.sh" "$prefix" "$config" "$expected" "$@" \
    --mutate="$kind" --mutation-seed=23 || failures=$((failures + 1))
done
echo "$failures failures"
exit $((failures != 0))
