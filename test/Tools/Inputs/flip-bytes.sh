# flip-bytes.sh FILE FOLDER COUNT: copies of FILE with one byte that is another, in
# COUNT places.
mkdir -p "$2"
size=$(wc -c < "$1")
i=0
while [ $i -lt "$3" ]; do
  cp "$1" "$2/$i.mlirbc"
  printf "\\$(printf %o $((i * 37 % 256)))" |
    dd of="$2/$i.mlirbc" bs=1 seek=$((4 + i * (size - 4) / $3)) conv=notrunc 2> /dev/null
  i=$((i + 1))
done
