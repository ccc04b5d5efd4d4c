# Usage: compare-served.sh MODEL LAYOUT|LAYOUT... [TOLERANCE]
# The program as it is served (chunks of a prompt, sequences in different places,
# caches in pages), its plans, and the programs of their ranks give the logits that
# transformers gives for all 12 tokens at once.
set -e
model=$(cd "$(dirname "$0")" && pwd)/$1
files="--weights=$model/model.safetensors --inputs=$model/logits.safetensors
  --expect=$model/logits.safetensors --elements=0"
tolerance=${3:-1e-10}
mkdir -p "$1.tmp"
cd "$1.tmp"

# serve "OPTIONS OF THE IMPORT" "OPTIONS OF THE RUN": as a model, and as plans.
serve() {
  echo "$1: $2"
  dag-translate --hf-config-to-dag --batch=2 --seq-len=12 --dtype=f64 $1 \
    $model/config.json -o model.mlir
  dag-run $files model.mlir $2 --tolerance=$tolerance | grep "from the reference"
  IFS='|'
  for layout in $layouts; do
    unset IFS
    dag-opt --dag-plan="$layout keep-reference" \
      --verify-pipeline="reference=@logical config=$model/config.json" \
      model.mlir -o plan.mlir
    dag-run $files plan.mlir $2 --tolerance=$tolerance | grep "from the reference"
    dag-opt --dag-localize plan.mlir -o ranks.mlir
    dag-run $files ranks.mlir $2 --tolerance=$tolerance | grep "from the reference"
  done
}
layouts=$2

# Chunks.
serve "--logits=all --new-tokens=4" "--steps=3"
serve "--logits=all --new-tokens=5" "--steps=2"
serve "--logits=all --new-tokens=3 --page-size=4" "--steps=4"
# Each sequence in its own place, and with its own number of tokens.
serve "--logits=all --new-tokens=4 --ragged" "--steps=3 --query-lens=4,3"
serve "--logits=all --phase=decode --ragged --page-size=5" "--steps=12"
serve "--logits=all --new-tokens=5 --ragged --page-size=2" \
  "--steps=4 --query-lens=3,2"
# The last token of each.
serve "--new-tokens=4 --ragged --page-size=3" "--steps=3 --query-lens=2,4"
