# Usage: compare-logits.sh MODEL LAYOUT|LAYOUT... [TOLERANCE]
# The program that is imported from the configuration, its plans, and the programs
# of their ranks give the logits that transformers gives with the same weights in
# f64: for all tokens at once, token by token on the cache, and for the last ones on
# the cache that the others leave.
set -e
model=$(cd "$(dirname "$0")" && pwd)/$1
files="--weights=$model/model.safetensors --inputs=$model/logits.safetensors
  --expect=$model/logits.safetensors --elements=0"
mkdir -p "$1.tmp"
cd "$1.tmp"

import() {
  dag-translate --hf-config-to-dag --logits=all --batch=2 --seq-len=12 --dtype=$1 \
    $model/config.json -o prefill.mlir
  dag-translate --hf-config-to-dag --logits=all --batch=2 --seq-len=12 --dtype=$1 \
    --phase=decode $model/config.json -o decode.mlir
}
run() {
  echo "$@"
  dag-run $files "$@" > output
  grep "from the reference" output
}
compare() {
  run prefill.mlir "$@"
  run decode.mlir --steps=12 "$@"
  run decode.mlir --after=prefill.mlir --position=8 --steps=4 "$@"
}

import f32
compare --precision=as-typed --tolerance=1e-5
import f64
compare --tolerance=${3:-1e-12}
mv prefill.mlir model-prefill.mlir
mv decode.mlir model-decode.mlir
IFS='|'
for layout in $2; do
  unset IFS
  echo "$layout"
  for phase in prefill decode; do
    dag-opt --dag-plan="$layout" model-$phase.mlir -o $phase.mlir
  done
  compare --tolerance=${3:-1e-12}
  for phase in prefill decode; do
    dag-opt --dag-localize $phase.mlir -o ranks-$phase.mlir
    mv ranks-$phase.mlir $phase.mlir
  done
  compare --tolerance=${3:-1e-12}
done
