# Usage: compare-flips.sh TABLE TYPE...
# With each other value of each field the importer does what the table says.
table=$1
shift
translate() {
  dag-translate --hf-config-to-dag --seq-len=12 --dtype=f32 $1.json -o $1.mlir \
    2> $1.err
}
for type in "$@"; do
  echo "$type"
  sed -n "s/^base $type //p" "$table" > base.json
  translate base || exit 1
  grep "^$type " "$table" > flips
  while read -r _ field _ expected value; do
    grep -v "^\"$field\": " base.json |
      sed "1s|\$| \"$field\": $value,|" > flipped.json
    actual=refused
    if translate flipped; then
      actual=followed
      cmp -s base.mlir flipped.mlir && actual=neutral
    fi
    if [ $actual != $expected ]; then
      echo "expected $field = $value of $type to be $expected, but it is $actual"
      exit 1
    fi
  done < flips
done
