#!/bin/sh
# try-models.sh CONFIGS FOLDER: what the trial says of a plan of each model, for
# prefill and decode.
for config in "$1"/*.json; do
  case $config in
  *moe* | *mixtral* | *gpt_oss* | *deepseek*) layout="tp=2 ep=2 pp=2" ;;
  *) layout="tp=4 sequence-parallel" ;;
  esac
  for phase in prefill decode; do
    dag-translate --hf-config-to-dag --phase=$phase --seq-len=8 "$config" \
      -o "$2/model.mlir"
    dag-opt --dag-plan="$layout keep-reference" "$2/model.mlir" \
      -o "$2/plan.mlir"
    dag-opt --verify-pipeline="reference=@logical report=-" "$2/plan.mlir" \
      -o /dev/null 2>"$2/errors.txt" | grep '^| Trial' ||
      echo "$config $phase: not tried"
  done
done
echo end
