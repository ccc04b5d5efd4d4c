#!/usr/bin/env bash
# check-schedules.sh DIRECTORY
#
# Prints the schedules of each kind for many sizes, and says where the bubble
# is not that of the formula, or the activations not what the kind may hold.
set -u
directory=$1
failures=0 count=0
for kind in forward gpipe 1f1b interleaved zb-h1 zb-h2 zbv dualpipev; do
  for ranks in 2 4 8; do
    for times in 1 2 3 4 5 6 7 8; do
      batches=$((ranks * times)) chunks=1
      case $kind in
      interleaved) chunks=3 ;;
      zbv | dualpipev) chunks=2 ;;
      esac
      # The formula of this one holds from 2 p - 1 micro-batches on.
      [[ $kind == zb-h2 && $times == 1 ]] && batches=$((2 * ranks - 1))
      [[ $kind == zbv && $times == 1 ]] && batches=$((2 * ranks - 1))
      [[ $kind == dualpipev && $times == 1 ]] && batches=$((2 * ranks))
      echo > "$directory/empty.mlir"
      for costs in "" "forward=4 backward=5 weight=3"; do
        # One process for both would not tell which is wrong.
        [[ -n $costs && $times -gt 4 ]] && continue
        # These formulas hold for equal costs.
        [[ -n $costs && $chunks == 2 ]] && continue
        count=$((count + 1))
        out=$(dag-opt "$directory/empty.mlir" -o /dev/null \
          --dag-make-schedule="kind=$kind stages=$((ranks * chunks)) \
            chunks=$chunks microbatches=$batches slots=1" \
          --dag-verify-deadlock --dag-print-schedule="$costs" 2>&1) || {
          failures=$((failures + 1))
          echo "$kind, $ranks ranks, $batches micro-batches: $out"
          continue
        }
        line=bubble
        [[ $kind == forward ]] && line=pipeline
        got=$(sed -n "s/^$line: //p" <<< "$out")
        formula=$(sed -n 's/^formula: //p' <<< "$out")
        peak=$(awk -F'|' '/^\| [0-9]/ && $7 + 0 > most { most = $7 + 0 }
                          END { print most + 0 }' <<< "$out")
        case $kind in
        gpipe) most=$batches ;;
        1f1b | zb-h1) most=$ranks ;;
        zb-h2) most=$((2 * ranks - 1)) ;;
        zbv) most=$((2 * ranks)) ;;
        dualpipev) most=$((2 * ranks + 1)) ;;
        *) most=$peak ;;
        esac
        [[ -n $formula && $got == "$formula" && $peak == "$most" ]] && continue
        failures=$((failures + 1))
        echo "$kind, $ranks ranks, $batches micro-batches: expected" \
          "$formula and $most, but got $got and $peak"
      done
    done
  done
done
echo "$count schedules, $failures failures"
