#!/usr/bin/env bash
# sweep.sh [-k KINDS] [-s STYLES] [-l LAYOUTS] [-n SITES] [-f] [-v]
# sweep.sh -r FILE
#
# Draws every layout (layouts.txt) in every style, clean and with each kind of
# change, verifies, and counts by kind what became of it:
#   made     drawings with the change
#   caught   found with the right code, at the right place, and nothing else blamed
#   besides  found so, and something else is blamed that does not follow from it
#   other    not found so, but the drawing does not pass
#   missed   the drawing passes
# A clean drawing is caught if it passes, and other if it is blamed.
#   -k, -s, -l  the kinds, styles or layouts to take (words in quotes)
#   -n          places for each kind in each drawing, 1 if not given
#   -f          counts by layout too
#   -v          print what is not caught: the outcome and the options
#   -o FILE     keep what became of each drawing, a line each
#   -r FILE     take the lines of FILE only, each `kind layout style`, and fail
#               if one of them is not found with the right code, or a clean one
#               is blamed
# dag-draw and dag-opt are taken from the PATH.
set -u
here=$(dirname "$0")
styles="seed attributes verbose terse edges hf moe camel html two-line key-value"
kinds="clean $(dag-draw --list-mutations=meaning | cut -d' ' -f1)"
layouts=$(sed '/^#/d; s/ .*//' "$here/layouts.txt")
sites=1 verbose=0 by_layout=0 kept= required=
while getopts k:s:l:n:o:r:fv option; do
  case $option in
  k) kinds=$OPTARG ;;
  s) styles=$OPTARG ;;
  l) layouts=$OPTARG ;;
  n) sites=$OPTARG ;;
  f) by_layout=1 ;;
  o) kept=$OPTARG ;;
  r) required=$OPTARG ;;
  v) verbose=1 ;;
  *) exit 2 ;;
  esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
declare -A options
while read -r name rest; do
  [[ $name == \#* ]] || options[$name]=$rest
done <"$here/layouts.txt"

# check KIND LAYOUT STYLE SITE: prints a line, unless there is no such drawing.
# The seed differs between styles: an even one changes a layer, an odd one all.
check() {
  local flags="${options[$2]} --style=$3" outcome
  [[ $1 == clean ]] ||
    flags="$flags --mutate=$1 --mutation-seed=$(($4 * 37 + ${#3}))"
  dag-draw $flags -o "$work/d.dot" 2>/dev/null || return
  rm -f "$work/d.json"
  dag-opt --verify-pipeline="report=$work/d.json" "$work/d.dot" \
    -o /dev/null >/dev/null 2>&1
  outcome=$(dag-draw $flags --judge="$work/d.json" --outcome 2>/dev/null)
  echo "$1 $2 ${outcome:-crashed} $flags"
}

if [[ -n $required ]]; then
  failures=0 count=0
  while read -r kind layout style; do
    [[ -z $kind || $kind == \#* ]] && continue
    line=$(check "$kind" "$layout" "$style" 0)
    count=$((count + 1))
    case $line in
    "$kind $layout caught "*) continue ;;
    "$kind $layout besides "*) [[ $kind == clean ]] || continue ;;
    esac
    echo "$kind $layout $style: ${line:-no such drawing}"
    failures=$((failures + 1))
  done <"$required"
  echo "$failures failures of $count"
  exit $((failures != 0))
fi

for kind in $kinds; do
  for layout in $layouts; do
    for style in $styles; do
      for ((site = 0; site < sites; ++site)); do
        check "$kind" "$layout" "$style" "$site"
        [[ $kind == clean ]] && break
      done
    done
  done
done >"$work/outcomes"

[[ -z $kept ]] || cp "$work/outcomes" "$kept"
((verbose)) && grep -v '^[^ ]* [^ ]* caught' "$work/outcomes"
tally() {
  awk -v by="$1" '
    { key = by ? $2 : $1
      if (!(key in made)) order[++n] = key
      ++made[key]; ++count[key, $3]; ++made["all"]; ++count["all", $3] }
    function row(key) {
      printf "%-24s %6d %6d %7d %6d %6d\n", key, made[key], count[key, "caught"],
        count[key, "besides"], count[key, "other"],
        count[key, "missed"] + count[key, "malformed"] + count[key, "crashed"] }
    END {
      printf "%-24s %6s %6s %7s %6s %6s\n", by ? "layout" : "kind", "made",
        "caught", "besides", "other", "missed"
      for (i = 1; i <= n; ++i) row(order[i])
      row("all") }' "$work/outcomes"
}
tally 0
((by_layout)) && tally 1
exit 0
