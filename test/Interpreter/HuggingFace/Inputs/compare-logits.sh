# Usage: compare-logits.sh MODEL LAYOUT|LAYOUT...
# The program that is imported from the configuration, and its plans, give the
# logits that transformers gives with the same weights: for the prompt at once,
# and token by token on the cache.
set -e
model=$(dirname "$0")/$1
files="--weights=$model/model.safetensors --inputs=$model/logits.safetensors
  --expect=$model/logits.safetensors --elements=0 --tolerance=1e-8"
mkdir -p "$1.tmp"
cd "$1.tmp"
dag-translate --hf-config-to-dag --batch=2 --seq-len=8 $model/config.json \
  -o prefill.mlir
dag-translate --hf-config-to-dag --batch=2 --seq-len=12 --phase=decode \
  $model/config.json -o decode.mlir
compare() {
  echo "$1 $2: $(dag-run $1.mlir $files --steps=$3 | grep reference)"
}
compare prefill program 1
compare decode program 12
IFS='|'
for layout in $2; do
  unset IFS
  for phase in prefill decode; do
    dag-opt --dag-plan="$layout" $phase.mlir -o plan-$phase.mlir
    compare plan-$phase "$layout" $([ $phase = prefill ] && echo 1 || echo 12)
  done
done
