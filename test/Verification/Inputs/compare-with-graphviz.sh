#!/usr/bin/env bash
# compare-with-graphviz.sh PREFIX DRAWING...
#
# Says for each drawing what Graphviz and what the verification count: nodes,
# edges, nodes without a predecessor, without a successor, and isolated ones
# that are no notes, and whether there is a cycle. Files begin with PREFIX.
set -u
prefix=$1
shift

# What Graphviz counts. A loop is no cycle to `acyclic`, but it is one to a
# deployment, so that loops are counted here.
count='BEG_G { int nodes = 0, sources = 0, sinks = 0, isolated = 0, loops = 0; }
N { nodes++; }
N [indegree == 0] { sources++; }
N [outdegree == 0] { sinks++; }
N [degree == 0 && shape != "note"] { isolated++; }
E [head == tail] { loops++; }
END_G { printf("%d %d %d %d %d %d\n", nodes, nEdges($G), sources, sinks,
               isolated, loops); }'

# The value of a fact in the summary of a report.
fact() {
  sed -n "/\"title\": \"$1\"/{n;s/.*\"value\": \"\(.*\)\".*/\1/p;q}" \
    "$prefix.json"
}

failures=0
for drawing; do
  name=$(basename "$drawing")
  if ! dot -Tcanon "$drawing" >/dev/null 2>"$prefix.log"; then
    echo "$name: not a drawing to Graphviz: $(head -1 "$prefix.log")"
    failures=$((failures + 1))
    continue
  fi
  counts=$(gvpr "$count" "$drawing" 2>/dev/null)
  graphviz=${counts% *} loops=${counts##* }
  # 0: no cycle; 1: cycles; 255: undirected, where the question has no meaning.
  acyclic -n "$drawing" 2>/dev/null
  case $? in
  0) cycle=$([[ $loops == 0 ]] && echo acyclic || echo cyclic) ;;
  1) cycle=cyclic ;;
  *) cycle=undirected ;;
  esac
  graphviz="$graphviz $cycle"

  rm -f "$prefix.json"
  dag-opt --verify-pipeline="report=$prefix.json" "$drawing" -o /dev/null \
    2>"$prefix.log"
  dag="$(fact Nodes) $(fact Edges) $(fact 'Nodes without a predecessor')"
  dag="$dag $(fact 'Nodes without a successor')"
  dag="$dag $(grep -c '"code": *"DAG403"' "$prefix.json")"
  if [[ $cycle == undirected ]]; then
    dag="$dag undirected"
  else
    grep -q '"code": *"DAG404"' "$prefix.json" && dag="$dag cyclic" ||
      dag="$dag acyclic"
  fi
  if [[ $graphviz == "$dag" ]]; then
    echo "$name: $dag"
  else
    echo "$name: Graphviz counts $graphviz, but the verification $dag"
    failures=$((failures + 1))
  fi
done
echo "$# drawings, $failures differ"
exit $((failures != 0))
