#!/usr/bin/env bash
# check-models.sh FOLDER SAME-FINDINGS
#
# Makes plans of the cases of FOLDER, `config | options of --dag-plan | options
# of the import`, draws them and compares the findings; all of them pass.
set -u
folder=$1 compare=$2 failures=0
while IFS='|' read -r config plan import; do
  # shellcheck disable=SC2086
  if ! dag-translate --hf-config-to-dag --seq-len=16 $import \
    "$folder/${config% }" -o "$folder/logical.mlir" ||
    ! dag-opt --dag-plan="$plan" "$folder/logical.mlir" -o "$folder/plan.mlir" ||
    ! bash "$compare" "$folder/plan" codes "$folder/plan.mlir" \
      >"$folder/log" || [[ $(head -1 "$folder/log") != PASS ]]; then
    echo "$config|$plan|$import"
    cat "$folder/log"
    failures=$((failures + 1))
  fi
done <"$folder/cases"
echo "$failures failures"
exit $((failures != 0))
