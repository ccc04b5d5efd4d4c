#!/usr/bin/env bash
# check-codes.sh SOURCE
#
# Says which codes of the table are not documented with their title and
# severity, are documented but not in the table, or are expected by no test.
set -u
source=$1
table=$source/lib/Diagnostics/CodeTable.h
docs=$source/docs/Verification.md
declare -A known=()
failures=0
fail() {
  echo "$1"
  failures=$((failures + 1))
}

# CODE|severity|title for each row of the table.
rows=$(awk '
  match($0, /^    \{"DAG[0-9]+"/) {
    code = substr($0, RSTART + 6, RLENGTH - 7)
    match($0, /Severity::[A-Za-z]+/)
    severity = tolower(substr($0, RSTART + 10, RLENGTH - 10))
    getline
    sub(/^ *"/, ""); sub(/",$/, "")
    print code "|" severity "|" $0
  }' "$table")
while IFS='|' read -r code severity title; do
  known[$code]=1
  grep -qxF "### $code: $title" "$docs" || fail "$code: no section '$title'"
  stated=$(awk -v head="### $code:" '
    index($0, head) == 1 { inside = 1; next }
    /^##/ { inside = 0 }
    inside && /^\*\*Severity\*\*: / { print $2; exit }' "$docs")
  [[ $stated == "$severity" ]] ||
    fail "$code: $severity in the table, '$stated' in the documentation"
  grep -rqF "[$code]" "$source/test/Verification" --include='verify-*' ||
    fail "$code: no test expects it"
done <<< "$rows"
for code in $(grep -o '^### DAG[0-9]*' "$docs" | cut -c5-); do
  [[ -n ${known[$code]-} ]] || fail "$code: documented, but not in the table"
done
echo "${#known[@]} codes, $failures failures"
exit $((failures != 0))
