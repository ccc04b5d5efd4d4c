#!/usr/bin/env bash
# check-styles.sh PREFIX SAME-FINDINGS
#
# Draws drawings of all styles again, right ones and one mutant of each kind,
# and compares the findings. A mutant that damages the text is refused.
set -u
prefix=$1 compare=$2 failures=0 count=0
here=$(dirname "$0")
styles=(seed attributes verbose terse edges hf moe camel html)
orders=(topological nodes-first edges-first reversed shuffled)
transfers=(nodes per-rank one-node edge-label)

check() {
  dag-draw "$@" -o "$prefix.style.dot" 2>/dev/null || return 0
  dag-translate --dag-to-dot "$prefix.style.dot" -o "$prefix.again.dot" \
    2>"$prefix.log" || { grep -q 'without damage' "$prefix.log" && return 0; }
  if ! "$here/check-drawings.sh" "$prefix" "$compare" "$prefix.style.dot"; then
    echo "dag-draw $*"
    failures=$((failures + 1))
  fi
}

for style in "${styles[@]}"; do
  check --style="$style" --order="${orders[count % 5]}" --layers=2
  count=$((count + 1))
done
while read -r kind _; do
  check --style="${styles[count % 9]}" --order="${orders[count % 5]}" \
    --transfers="${transfers[count % 4]}" --layers=4 --mutate="$kind" \
    --mutation-seed=$((count * 37))
  count=$((count + 1))
done < <(dag-draw --list-mutations)
echo "$failures failures"
exit $((failures != 0))
