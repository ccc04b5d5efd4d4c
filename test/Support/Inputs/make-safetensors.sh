# Usage: make-safetensors.sh FILE HEADER [DATA]
# Writes the length of the header, the header, and data in the language of
# printf.
LC_ALL=C
printf "\\$(printf %03o $((${#2} % 256)))\\$(printf %03o $((${#2} / 256)))" > $1
printf '\0\0\0\0\0\0%s' "$2" >> $1
printf "$3" >> $1
