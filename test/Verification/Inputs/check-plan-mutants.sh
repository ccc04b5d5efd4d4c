# Usage: check-plan-mutants.sh CONFIG LAYOUT MUTANTS PHASE
# Each line of MUTANTS is `edit | code | text`: the edit (of sed) of the plan
# makes another function of it, which the interpreter sees, and the check reports
# it with this code and text. Without an edit nothing is reported.
set -e
position=$([ "$4" = decode ] && echo 4 || echo 0)
dag-translate --hf-config-to-dag --logits=all --batch=2 --seq-len=6 --phase="$4" "$1" |
  dag-opt --dag-plan="$2 keep-reference" -o "$3.mlir"
dag-opt --dag-verify-equivalence "$3.mlir" -o "$3.out"
dag-run "$3.mlir" --position=$position --reference=@logical > "$3.out"
sed '/dag.model @logical/,$d' "$3.mlir" > "$3.plan"
sed -n '/dag.model @logical/,$p' "$3.mlir" > "$3.logical"
count=0 failures=0
while IFS='|' read -r edit code text; do
  [ -n "$edit" ] || continue
  count=$((count + 1))
  code=${code# } code=${code% } text=${text# }
  sed -E "$edit" "$3.plan" | cat - "$3.logical" > "$3.mutant.mlir"
  if ! dag-opt "$3.mutant.mlir" -o "$3.out" 2> "$3.err"; then
    printf '%s: does not verify\n' "$edit" && head -3 "$3.err"
  elif dag-run "$3.mutant.mlir" --position=$position \
      --reference=@logical > "$3.out" 2>&1; then
    printf '%s: the interpreter sees no difference\n' "$edit"
  elif dag-opt --dag-verify-equivalence "$3.mutant.mlir" -o "$3.out" \
      2> "$3.err"; then
    printf '%s: not caught\n' "$edit"
  elif ! grep -F "[$code] $text" "$3.err" | grep -q "error:"; then
    printf '%s: expected [%s] %s, but got\n' "$edit" "$code" "$text"
    grep error: "$3.err" || true
  else
    continue
  fi
  failures=$((failures + 1))
done < "$3"
echo "$count mutants, $failures failures"
[ $failures = 0 ]
