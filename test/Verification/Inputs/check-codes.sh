#!/usr/bin/env bash
# check-codes.sh SOURCE < TABLE
#
# Says which codes of the table (`code|check|severity|title|anchor`, as
# --test-dag-print-codes prints it) are not documented with their title and
# severity, have an anchor that no heading gives, are documented but not in the
# table, or are expected by no test.
set -u
source=$1
docs=$source/docs/Verification.md
declare -A known=()
failures=0
fail() {
  echo "$1"
  failures=$((failures + 1))
}

# As web pages make them of headings: lower case, no punctuation, hyphens for
# blanks.
anchors=$(sed -n 's/^###* //p' "$docs" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n-')
while IFS='|' read -r code _ severity title anchor; do
  [[ $code == DAG* ]] || continue
  known[$code]=1
  grep -qxF "### $code: $title" "$docs" || fail "$code: no section '$title'"
  grep -qxF -- "$anchor" <<< "$anchors" || fail "$code: no anchor '$anchor'"
  stated=$(awk -v head="### $code:" '
    index($0, head) == 1 { inside = 1; next }
    /^##/ { inside = 0 }
    inside && /^\*\*Severity\*\*: / { print $2; exit }' "$docs")
  [[ $stated == "$severity" ]] ||
    fail "$code: $severity in the table, '$stated' in the documentation"
  grep -rqF "[$code]" "$source/test/Verification" --include='verify-*' ||
    fail "$code: no test expects it"
done
for code in $(grep -o '^### DAG[0-9]*' "$docs" | cut -c5-); do
  [[ -n ${known[$code]-} ]] || fail "$code: documented, but not in the table"
done
echo "${#known[@]} codes, $failures failures"
exit $((failures != 0))
