# Usage: compare-logits.sh MODEL LAYOUT|LAYOUT...
# The program that is imported from the configuration, and its plans, give the
# logits that transformers gives with the same weights in f64: for the prompt at once,
# and token by token on the cache.
set -e
model=$(dirname "$0")/$1
files="--weights=$model/model.safetensors --inputs=$model/logits.safetensors
  --expect=$model/logits.safetensors --elements=0"
mkdir -p "$1.tmp"
cd "$1.tmp"

import() {
  dag-translate --hf-config-to-dag --batch=2 --seq-len=8 "$@" \
    $model/config.json -o prefill.mlir
  dag-translate --hf-config-to-dag --batch=2 --seq-len=12 --phase=decode "$@" \
    $model/config.json -o decode.mlir
}
run() {
  echo "$1"
  dag-run $files $2 > output
  grep "from the reference" output
}

# As the configuration has it, all rounded to f32.
import
run "prefill f32" "prefill.mlir --precision=as-typed --tolerance=1e-5"
run "decode f32" "decode.mlir --precision=as-typed --tolerance=1e-5 --steps=12"
# As it was made.
import --dtype=f64
run "prefill" "prefill.mlir --tolerance=1e-12"
run "decode" "decode.mlir --tolerance=1e-12 --steps=12"
IFS='|'
for layout in $2; do
  unset IFS
  dag-opt --dag-plan="$layout" prefill.mlir -o plan.mlir
  run "prefill $layout" "plan.mlir --tolerance=1e-12"
  dag-opt --dag-plan="$layout" decode.mlir -o plan.mlir
  run "decode $layout" "plan.mlir --tolerance=1e-12 --steps=12"
done
