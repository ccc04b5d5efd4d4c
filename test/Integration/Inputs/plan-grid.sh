# Usage: plan-grid.sh "TP..." "PP..." CONFIG...
# Plans each model for each number of tensor-parallel ranks and of stages, verifies
# the plan against the configuration, and prints a line for each: accepted, refused
# with the reason, or failed with the verdict. Then the sums. By itself:
#   sh plan-grid.sh "1 2 4 8" "1 2 4 8 16" docs/examples/*-config.json
ranks=$1
stages=$2
shift 2
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
accepted=0 refused=0 failed=0
plan() {
  timeout 120 dag-opt "$folder/model.mlir" --dag-plan="tp=$1 pp=$2" \
    -o "$folder/plan.mlir" 2> "$folder/messages"
  status=$?
  if [ $status = 1 ]; then
    refused=$((refused + 1))
    echo "refused: $(sed -n 's/.*error: //p' "$folder/messages")"
    return
  fi
  if [ $status = 0 ]; then
    timeout 120 dag-opt "$folder/plan.mlir" --verify-pipeline="config=$3" \
      -o /dev/null > /dev/null 2> "$folder/messages"
    status=$?
  fi
  if [ $status = 0 ] && grep -q ': PASS: ' "$folder/messages"; then
    accepted=$((accepted + 1))
    echo accepted
    return
  fi
  failed=$((failed + 1))
  echo "failed: status $status, $(tail -n 1 "$folder/messages")"
}
for config in "$@"; do
  name=$(basename "$config" .json)
  if ! timeout 120 dag-translate --hf-config-to-dag "$config" \
      -o "$folder/model.mlir" 2> "$folder/messages"; then
    failed=$((failed + 1))
    echo "$name failed: $(sed -n 's/.*error: //p' "$folder/messages")"
    continue
  fi
  for tp in $ranks; do
    for pp in $stages; do
      printf '%s' "$name tp=$tp pp=$pp "
      plan $tp $pp "$config"
    done
  done
done
echo "$accepted accepted, $refused refused, $failed failed"
[ $failed = 0 ]
