# same-findings.sh PREFIX codes|nodes FILE [option of --dag-to-dot]...
#
# Verifies FILE, a plan or a drawing, and the drawing that is made of it, and says
# whether the reports agree: in verdict, statuses and codes, and with `nodes` in
# the node and the message of each finding as well. Files begin with PREFIX.
# Prints the verdict and the codes.
set -u
prefix=$1 mode=$2 source=$3
shift 3

# Verdict, statuses and findings of file $1, a line each. A finding is a line of
# the report, and begins with code, severity, check, title, message and node.
report() {
  : >"$prefix.json"
  dag-opt --verify-pipeline="report=$prefix.json" "$1" -o "$prefix.out" \
    >/dev/null 2>&1
  sed -n -E '
    s/^  "verdict": "([A-Z]+)".*/verdict \1/p
    /^ +"id": /h
    /^ +"status": / {
      H
      x
      s/^ +"id": "([^"]*)".*"status": "([^"]*)".*/line \1 \2/p
    }
    /^ +\{"code":/ {
      s/,"file":.*//
      s/^ *\{"code":"([^"]*)"/finding \1/
      p
    }' "$prefix.json" |
    # Not asked of drawings, which show no names of weights, and not of plans.
    grep -v -e '^line deadlock' -e '^finding DAG8' -e '^finding DAG208' \
      -e '^finding DAG008' |
    if [[ $mode == nodes ]]; then
      LC_ALL=C sort
    else
      sed -E 's/^(finding [^,]*),.*/\1/' | LC_ALL=C sort -u
    fi
}

dag-translate --dag-to-dot "$source" -o "$prefix.drawn.dot" "$@" || exit 1
report "$source" >"$prefix.before"
report "$prefix.drawn.dot" >"$prefix.after"
codes=$(sed -n -E 's/^finding ([^,]*).*/\1/p' "$prefix.before" | sort -u)
# Words of both, on one line.
echo $(sed -n 's/^verdict //p' "$prefix.before") $codes
grep -q '^verdict' "$prefix.before" || exit 1
diff "$prefix.before" "$prefix.after"
