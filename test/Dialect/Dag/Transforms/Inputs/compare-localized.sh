# Usage: compare-localized.sh FILE
# Each part of the file is run as a plan, and as the programs of its ranks.
set -e
awk 'BEGIN { n = 0 } /^\/\/ -----/ { n++ } { print > "part" n ".mlir" }' "$1"
for plan in part*.mlir; do
  echo "$plan"
  dag-opt --dag-localize $plan -o ranks.mlir
  dag-run ranks.mlir --reference=$plan --tolerance=0 --vocabulary=4 > output
  grep -q "from the reference" output
done
