# Usage: compare-plans.sh FOLDER LAYOUT|LAYOUT...
# For every configuration of the folder: decoding token by token gives what
# prefill gives, and so does every layout, in both phases, as a plan and as the
# programs of its ranks (to the last bit); and every plan is proved to compute its
# model.
set -e
cd "$1"
for config in *.json; do
  model=${config%.json}
  dag-translate --hf-config-to-dag --logits=all --batch=2 --seq-len=6 $config -o prefill.mlir
  dag-translate --hf-config-to-dag --logits=all --batch=2 --seq-len=6 --phase=decode \
    $config -o decode.mlir
  dag-run decode.mlir --steps=6 --reference=prefill.mlir > $model.out
  IFS='|'
  for layout in $2; do
    for phase in prefill decode; do
      echo "$model $phase $layout"
      position=$([ $phase = decode ] && echo 4 || echo 0)
      dag-opt --dag-plan="$layout" $phase.mlir -o plan.mlir
      dag-run plan.mlir --position=$position --reference=$phase.mlir \
        > $model.out
      dag-opt --verify-pipeline plan.mlir
      dag-opt --dag-plan="$layout keep-reference" \
        --verify-pipeline=reference=@logical $phase.mlir -o equal.mlir
      dag-opt --dag-localize --dag-verify-phase=phase=rank equal.mlir \
        -o ranks.mlir
      dag-run ranks.mlir --position=$position --reference=plan.mlir \
        --tolerance=0 > $model.out
    done
  done
  unset IFS
done
