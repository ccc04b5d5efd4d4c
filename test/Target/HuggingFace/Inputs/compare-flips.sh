# Usage: compare-flips.sh TABLE [NAME...]
# With each flip of the configurations of a table (make-flips.py), or of those
# named, the importer does what the table says. Remarks are no part of a program.
table=$1
shift
[ $# != 0 ] || set -- $(sed -n 's/^base \([^ ]*\) {$/\1/p' "$table")
status=0
for name in "$@"; do
  awk -v name="$name" '
    $1 == "base" && $2 == name { sub(/^base [^ ]+ /, ""); base[++n] = $0 }
    $1 == name {
      change[++m] = $4
      value[m] = substr($0, length($1 $2 $3 $4) + 5)
    }
    END {
      for (k = 0; k <= m; ++k) {
        if (k) print "// -----"
        field = gone = change[k]
        sub(/.*>/, "", field)
        sub(/>.*/, "", gone)
        for (i = 1; i <= n; ++i) {
          split(base[i], parts, "\"")
          if (parts[2] && index("," gone ",", "," parts[2] ",")) continue
          print base[i]
          if (i == 1 && field) printf "\"%s\": %s,\n", field, value[k]
        }
      }
    }' "$table" > flips.json
  dag-translate --hf-config-to-dag --seq-len=12 --dtype=f32 --split-input-file \
    flips.json > flips.mlir 2> flips.err
  awk -v name="$name" '
    BEGIN { k = m = s = 0 }
    function skip() { while (start[k] in refused) verdict[k++] = "refused" }
    part == 1 && $1 == name { line[++m] = $0 }
    part == 2 && (FNR == 1 || /^\/\/ -----$/) { start[s++] = FNR }
    part == 3 && /^within split at .* error: / {
      sub(/^within split at [^ ]*:/, "")
      refused[$1]
    }
    part == 4 {
      sub(/attributes {dag.remarks = \[.*"\]} /, "")
      sub(/dag.remarks = \[.*"\], /, "")
      if (NF) text = text $0 "\n"
      if (/^}$/) {
        skip()
        if (!k) program = text
        verdict[k++] = text == program ? "neutral" : "followed"
        text = ""
      }
    }
    END {
      skip()
      for (i = 0; i <= m; ++i) {
        split(i ? line[i] : ". . neutral", column)
        if (verdict[i] == column[3]) continue
        print "expected " (i ? line[i] : name) ", but it is " verdict[i]
        failed = 1
      }
      print name ": " m " flips"
      exit failed
    }' part=1 "$table" part=2 flips.json part=3 flips.err part=4 flips.mlir ||
    status=1
done
exit $status
