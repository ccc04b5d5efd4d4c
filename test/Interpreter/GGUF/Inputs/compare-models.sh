# Usage: compare-models.sh MODEL LAYOUT
# The program and the weights of MODEL.gguf, and a plan of that program, give the
# same logits as those of the checkpoint with the configuration of MODEL.gguf.
set -e
inputs=$(cd "$(dirname "$0")" && pwd)
checkpoint=$inputs/../../HuggingFace/Inputs/$1
options="--logits=all --batch=2 --seq-len=12 --dtype=f64"
run() {
  dag-run "$@" --inputs=$checkpoint/logits.safetensors --elements=9999
}
dag-translate --gguf-to-config $inputs/$1.gguf -o $1.json
dag-translate --hf-config-to-dag $options $1.json -o checkpoint.mlir
dag-translate --gguf-to-dag $options $inputs/$1.gguf -o $1.mlir
dag-opt $1.mlir --dag-plan="$2 keep-reference" --verify-pipeline -o plan.mlir
run checkpoint.mlir --weights=$checkpoint/model.safetensors > expected
run $1.mlir --weights=$inputs/$1.gguf | diff expected -
run plan.mlir --weights=$inputs/$1.gguf | diff expected -
