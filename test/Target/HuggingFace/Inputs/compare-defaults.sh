# Usage: compare-defaults.sh TABLE
set -e
while read -r type fields; do
  echo "$type"
  # What it has by default, only a file can state.
  [ "$type" = gpt_oss ] && rotation=', "rope_scaling": {"rope_type": "yarn", "factor": 32.0}' || rotation=
  echo "{\"model_type\": \"$type\"$rotation}" > empty.json
  echo "${fields%\}}$rotation}" > full.json
  for name in empty full; do
    dag-translate --hf-config-to-dag --seq-len=8 $name.json -o $name.mlir \
      2> $name.err
  done
  diff empty.mlir full.mlir
done < "$1"
