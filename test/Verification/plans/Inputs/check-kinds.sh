# Usage: check-kinds.sh CONFIG LAYOUT FOLDER KIND...
# One mutant of each kind, as text: dag-opt says one of the codes that are
# expected of it.
set -e
config=$1 layout=$2 folder=$3
shift 3
mkdir -p "$folder"
for kind; do
  mutant=$folder/$kind
  dag-mutate "$config" --layout="$layout" --kind="$kind" --seed=1 \
    -o "$mutant.mlir" --explain="$mutant.json"
  if dag-opt --verify-pipeline=reference=@logical "$mutant.mlir" \
      -o "$mutant.out" 2> "$mutant.err"; then
    echo "$kind: expected findings, but got none"
    exit 1
  fi
  codes=$(grep -o '"DAG[0-9]*"' "$mutant.json" | tr -d '"')
  found=
  for code in $codes; do
    grep -q "\[$code" "$mutant.err" && found=$code
  done
  [ -n "$found" ] || { echo "$kind: expected one of $codes, but got"
                       grep ': error:' "$mutant.err"; exit 1; }
done
