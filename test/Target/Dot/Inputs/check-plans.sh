#!/usr/bin/env bash
# check-plans.sh PREFIX SAME-FINDINGS
#
# Draws plans of many sizes and compares the findings; all of them pass.
set -u
prefix=$1 compare=$2 failures=0
echo 'module {}' >"$prefix.empty.mlir"
while read -r options; do
  dag-test-opt --test-dag-build-plan="$options" "$prefix.empty.mlir" \
    -o "$prefix.plan.mlir" || failures=$((failures + 1))
  if ! bash "$compare" "$prefix" codes "$prefix.plan.mlir" >"$prefix.log" ||
    [[ $(head -1 "$prefix.log") != PASS ]]; then
    echo "$options"
    cat "$prefix.log"
    failures=$((failures + 1))
  fi
done <<SIZES
layers=1 tp=1 pp=1
layers=4 tp=1 pp=4
layers=5 tp=4 pp=2 heads=8 kv-heads=4
layers=4 tp=8 pp=2 heads=8 kv-heads=8
layers=4 tp=8 pp=4 heads=8 kv-heads=2 vocab=1001
layers=3 tp=4 pp=3 heads=4 kv-heads=1
layers=3 tp=8 pp=1 heads=8 vocab=10
layers=80 tp=2 pp=4
SIZES
echo "$failures failures"
exit $((failures != 0))
