# Usage: make-gguf.sh FILE WORD...
# Writes a GGUF file of words: `u32:N` and `u64:N` are numbers, `s:TEXT` a string with
# its length, `b:TEXT` bytes in the language of printf, `key:NAME:TEXT` an entry with a
# string, `int:NAME:N` one with a number of 32 bits, `head:T:K` the header with the
# numbers of tensors and of keys, `tensor:NAME:A,B:TYPE:OFFSET` a tensor.
LC_ALL=C
file=$1
shift
number() { # of bytes, value
  n=$2 i=0
  while [ $i -lt $1 ]; do
    printf "\\$(printf %03o $((n % 256)))"
    n=$((n / 256)) i=$((i + 1))
  done
}
text() {
  number 8 ${#1}
  printf %s "$1"
}
write() {
  rest=${1#*:}
  case $1 in
  u32:*) number 4 "$rest" ;;
  u64:*) number 8 "$rest" ;;
  s:*) text "$rest" ;;
  b:*) printf "$rest" ;;
  head:*) printf 'GGUF\003\0\0\0'; number 8 "${rest%:*}"; number 8 "${rest#*:}" ;;
  key:*) text "${rest%%:*}"; number 4 8; text "${rest#*:}" ;;
  int:*) text "${rest%%:*}"; number 4 4; number 4 "${rest#*:}" ;;
  tensor:*)
    text "${rest%%:*}"
    rest=${rest#*:}
    sizes=$(printf %s "${rest%%:*}" | tr , ' ')
    rest=${rest#*:}
    number 4 $(printf '%s\n' $sizes | wc -l)
    for size in $sizes; do number 8 $size; done
    number 4 "${rest%:*}"
    number 8 "${rest#*:}"
    ;;
  esac
}
for word; do write "$word"; done > "$file"
