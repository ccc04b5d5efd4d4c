#!/usr/bin/env bash
# check-examples.sh SOURCE DIRECTORY
#
# Verifies each drawing of docs/Verification.md that has a mark, `// <- DAG101`,
# and says where no finding of that code is in the marked line (or in the line
# behind, where nothing but the mark is in it). Works in DIRECTORY.
set -u
docs=$1/docs/Verification.md
directory=$2
rm -rf "$directory" && mkdir -p "$directory" || exit 1

# Each drawing into a file of its own; what is no whole graph becomes one,
# without a change of its lines.
awk -v directory="$directory" '
  /^```dot/ { text = ""; isMarked = 0; inside = 1; next }
  /^```/ && inside {
    inside = 0
    if (!isMarked)
      next
    if (text !~ /^digraph/)
      text = "digraph example { " text "}\n"
    printf "%s", text > (directory "/" sprintf("%03d", ++count) ".dot")
  }
  inside { text = text $0 "\n"; isMarked = isMarked || /\/\/ <- DAG/ }
' "$docs"

failures=0 marks=0
for drawing in "$directory"/*.dot; do
  dag-opt --verify-pipeline=max-diagnostics=0 "$drawing" \
    > "$drawing.out" 2> "$drawing.err"
  while IFS=: read -r line text; do
    code=$(grep -o '<- DAG[0-9]*' <<< "$text" | cut -c4-)
    [[ $text =~ ^(digraph\ example\ \{\ )?// ]] && line=$((line + 1))
    marks=$((marks + 1))
    grep -q "^$drawing:$line:[0-9]*: [a-z]*: \[$code\]" "$drawing.err" && continue
    failures=$((failures + 1))
    echo "$drawing:$line: no $code"
  done < <(grep -n '// <- DAG' "$drawing")
done
echo "$marks marks, $failures failures"
exit $((failures != 0 || marks == 0))
