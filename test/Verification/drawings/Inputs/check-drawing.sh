#!/usr/bin/env bash
# check-drawing.sh PREFIX [option of dag-draw]...
#
# Draws, verifies, and compares the report with what should be said of the
# drawing. Files begin with PREFIX.
set -u
prefix=$1
shift
dag-draw "$@" -o "$prefix.dot" 2>"$prefix.log" || { cat "$prefix.log"; exit 1; }
rm -f "$prefix.json"
dag-opt --verify-pipeline="report=$prefix.json" "$prefix.dot" -o /dev/null \
  2>"$prefix.log"
status=$?
if dag-draw "$@" --judge="$prefix.json" 2>"$prefix.log"; then
  clean=1
  [[ "$*" == *--mutate=* ]] && clean=0
  if ((clean != (status == 0))); then
    echo "unexpected exit status $status: dag-draw $*"
    exit 1
  fi
else
  echo "dag-draw $*"
  cat "$prefix.log"
  exit 1
fi
