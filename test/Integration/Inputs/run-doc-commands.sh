#!/usr/bin/env bash
# run-doc-commands.sh SOURCE BUILD FOLDER
#
# Runs the commands of the project's tools that stand in the `sh` blocks of the
# README and the pages below docs, in FOLDER, which looks like the source folder.
# A command that a reader should see fail says so: `# exit status 1` at its end.
set -u
source=$1 build=$2 folder=$3
cd "$folder" || exit 1
ln -s "$build" build
ln -s "$source/docs" docs
ln -s "$source/test" test

# Prints the commands of page $1, one a line, lines ending in `\` joined.
commands() {
  awk '
    /^ *```/ { inside = ($0 ~ /^ *```sh *$/); next }
    !inside { next }
    { sub(/^ +/, ""); line = line $0 }
    /\\$/ { sub(/\\$/, "", line); next }
    { if (line ~ /^(build\/bin\/)?(dag-|ptx-run )/) print line; line = "" }
  ' "$1"
}

failures=0
while IFS= read -r page; do
  while IFS= read -r command; do
    expected=0
    if [[ $command =~ \#\ exit\ status\ ([0-9]+) ]]; then
      expected=${BASH_REMATCH[1]}
    fi
    printf '%s: %s\n' "${page#"$source"/}" "$command"
    status=0
    PATH=$build/bin:$PATH bash -o pipefail -c "$command" >out.log 2>err.log \
      </dev/null || status=$?
    if ((status != expected)); then
      printf 'FAILED: expected exit status %d, but got %d\n' \
        "$expected" "$status"
      tail -n 20 err.log
      failures=$((failures + 1))
    fi
  done < <(commands "$page")
done < <(printf '%s\n' "$source/README.md"
         find "$source/docs" -name '*.md' | sort)
exit $((failures != 0))
