#!/usr/bin/env bash
# forms.sh PTX-RUN FILE FORMS OUTPUT: puts each line of FORMS where FILE has
# "// FORM", and prints those that run.
while read -r form; do
  awk -v form="$form" '{ if ($1 == "//" && $2 == "FORM") print form; else print }' \
    "$2" > "$4"
  if "$1" "$4" --block=1 > /dev/null 2> "$4.txt"; then
    echo "runs: $form"
  else
    grep -q ': error: ' "$4.txt" || echo "without a word: $form"
  fi
done < "$3"
