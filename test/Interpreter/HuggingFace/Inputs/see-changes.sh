# Usage: see-changes.sh MODEL EDIT...
# Each edit of the configuration, in the language of sed, changes the logits;
# so does a changed weight.
set -e
model=$(cd "$(dirname "$0")" && pwd)/$1
shift
check() { # WEIGHTS CONFIG WHAT
  dag-translate --hf-config-to-dag --logits=all --batch=2 --seq-len=8 $2 -o program.mlir
  if dag-run program.mlir --weights=$1 --inputs=$model/logits.safetensors \
    --expect=$model/logits.safetensors > output 2>&1; then
    echo "not seen: $3"
    exit 1
  fi
  grep -o "expected output 'logits' to be .* but the difference is [^:]*" output
}

for edit in "$@"; do
  sed "$edit" $model/config.json > edited.json
  if cmp -s $model/config.json edited.json; then
    echo "no edit: $edit"
    exit 1
  fi
  check $model/model.safetensors edited.json "$edit"
done
# The high byte of the last weight.
cp $model/model.safetensors changed.safetensors
chmod u+w changed.safetensors
size=$(wc -c < changed.safetensors)
printf '\301' |
  dd of=changed.safetensors bs=1 seek=$((size - 1)) conv=notrunc 2> /dev/null
check changed.safetensors $model/config.json "a weight"
