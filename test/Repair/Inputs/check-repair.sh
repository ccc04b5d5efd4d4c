#!/usr/bin/env bash
# check-repair.sh PREFIX CONFIG EXPECTED [option of dag-draw]...
#
# Draws, repairs, and compares the plan with EXPECTED, byte by byte. Of a drawing
# with a mutation a refusal that names an option is as good. Files begin with
# PREFIX.
set -u
prefix=$1 config=$2 expected=$3
shift 3
dag-draw --layers=4 --hidden=64 --heads=4 --kv-heads=2 --head-dim=16 --ffn=128 \
  --vocab=256 --batch=2 --seq=16 --tp=2 --pp=2 "$@" -o "$prefix.dot" \
  2>"$prefix.log" || { cat "$prefix.log"; exit 1; }
rm -f "$prefix.mlir"
if dag-opt --dag-repair="config=$config" "$prefix.dot" -o "$prefix.mlir" \
  2>"$prefix.log"; then
  cmp "$prefix.mlir" "$expected" && exit 0
elif [[ $? == 1 && "$*" == *--mutate=* ]]; then
  grep -q 'error: .*\(decide\|mend it\|config=\)' "$prefix.log" && exit 0
fi
echo "dag-draw $*"
grep error: "$prefix.log"
exit 1
