#!/usr/bin/env bash
# Sets up, builds and runs: ./build.sh demo|check|bench|asan|tsan|fuzz|docs
#
#   demo   verifies the example drawing and prints the report
#   check  runs all tests; the last line is "N passed, N failed"
#   bench  runs the benchmarks
#   asan   runs all tests under the address and undefined-behavior sanitizers
#   tsan   runs the tests of what runs on threads under the thread sanitizer
#   fuzz   builds the fuzzers and runs each for 60 seconds, or as many as follow
#   docs   writes the reference pages to build/docs
#
# Installs missing Debian packages first. DAG_PRESET selects another preset of
# CMakePresets.json, JOBS another number of processes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

preset=${DAG_PRESET:-release}
jobs=${JOBS:-$(nproc)}

packages=(
  cmake ninja-build ccache python3
  clang-22 lld-22 llvm-22-dev llvm-22-tools libmlir-22-dev mlir-22-tools
  zlib1g-dev libzstd-dev
  graphviz python3-jsonschema
)

say() { printf '\n== %s\n' "$*" >&2; }

# Package names of the list that are not installed.
missing_packages() {
  local name
  for name in "${packages[@]}"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) \
      == installed ]] || printf '%s\n' "$name"
  done
}

install_packages() {
  if ! command -v dpkg-query >/dev/null; then
    say "not a Debian system: expecting LLVM and MLIR 22.1 to be installed"
    return
  fi
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  if ((${#missing[@]} == 0)); then
    return
  fi
  if [[ $(id -u) != 0 ]]; then
    as_root=(sudo)
  fi
  say "installing ${missing[*]}"
  "${as_root[@]}" apt-get update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"
}

# build PRESET TARGET...
build() {
  local with=$1
  shift
  say "configuring ($with)"
  cmake --preset "$with" >/dev/null
  say "building"
  cmake --build --preset "$with" -j "$jobs" --target "$@"
}

demo() {
  build "$preset" dag-opt
  local drawing=docs/examples/llama70b-sampled.dot report=build/demo.md
  local config=docs/examples/llama70b-config.json plan=build/demo-plan.mlir
  say "build/bin/dag-opt --verify-pipeline=report=- $drawing"
  local status=0
  build/bin/dag-opt --verify-pipeline=report=- "$drawing" -o /dev/null \
    >"$report" 2>build/demo.log || status=$?
  cat "$report"
  if ((status == 0)) || ! grep -q FAIL "$report"; then
    say "the example has defects, but dag-opt ended with status $status"
    cat build/demo.log >&2
    return 1
  fi
  say "as expected, the drawing is not a complete plan (status $status)"
  say "build/bin/dag-opt --dag-repair=\"config=$config report=-\" $drawing"
  build/bin/dag-opt --dag-repair="config=$config report=-" "$drawing" \
    -o "$plan" 2>build/demo.log || { cat build/demo.log >&2; return 1; }
  say "build/bin/dag-opt --verify-pipeline $plan"
  build/bin/dag-opt --verify-pipeline="report=$report" "$plan"
  grep -- '- \[' "$report"
  say "the plan made from it passes every check"
}

# Sum of the counts of lit's summary in file $1 for the given kinds of result.
count_results() {
  local log=$1
  shift
  local kinds
  kinds=$(IFS='|'; printf '%s' "$*")
  awk -v kinds="^ *($kinds) *: *[0-9]+ \\\\(" -F: '
    $0 ~ kinds { split($2, part, "("); sum += part[1] } END { print sum + 0 }
  ' "$log"
}

# run_tests BUILD_FOLDER
run_tests() {
  local log=$1/test/lit.log status=0
  say "testing"
  { cmake --build "$1" -j "$jobs" --target check-dag 2>&1 || status=$?
    printf '%s\n' "$status" >"$log.status"
  } | tee "$log"
  status=$(<"$log.status")
  local passed failed skipped
  passed=$(count_results "$log" Passed 'Passed With Retry' \
    'Expectedly Failed')
  failed=$(count_results "$log" Failed 'Timed Out' Unresolved \
    'Unexpectedly Passed')
  skipped=$(count_results "$log" Unsupported Skipped Excluded)
  if ((passed + failed == 0)); then
    say "no test was run"
    status=1
  fi
  printf 'not supported here: %d\n' "$skipped"
  printf '%d passed, %d failed\n' "$passed" "$failed"
  if ((failed != 0)); then
    status=1
  fi
  return "$status"
}

check() {
  build "$preset" all
  run_tests build
}

# Says how often libraries of a build folder call a sanitizer: `$2` is how its
# functions are named.
report_calls() {
  local number
  number=$(nm -u "$1"/lib/*.a 2>/dev/null | grep -c " U $2" || true)
  printf '%s: %d calls of %s*\n' "$1/lib" "$number" "$2"
  ((number > 0))
}

asan() {
  build asan all
  report_calls build-asan __asan_
  report_calls build-asan __ubsan_
  run_tests build-asan
}

# The emulator has workers, ranks of the runtime are threads, passes run on the
# threads of the context, and files are read and written.
tsan() {
  build tsan all
  report_calls build-tsan __tsan_
  LIT_OPTS="${LIT_OPTS:-} --filter=Emulator|Runtime|Verification|Tools|Integration" \
    run_tests build-tsan
}

# Executions of a run of libFuzzer, by its log.
count_executions() {
  awk '/^stat::number_of_executed_units:/ { n = $2 }
       /^#[0-9]+/ && n == "" { last = substr($1, 2) }
       END { print n == "" ? last + 0 : n }' "$1"
}

# Each fuzzer with what the tests have, and with what it has found before.
fuzz() {
  local seconds=${1:-60} folder=build-fuzz/fuzz total=0 failed=0
  build fuzz dag-fuzz dag-fuzzers
  build-fuzz/bin/dag-fuzz --write="$folder/inputs" test docs/examples >&2
  local path name number status log
  for path in build-fuzz/bin/fuzz-*; do
    name=${path##*/fuzz-}
    log=$folder/$name.log
    mkdir -p "$folder/corpus/$name"
    status=0
    "$path" -max_total_time="$seconds" -timeout=25 -rss_limit_mb=2560 \
      -max_len=16384 -detect_leaks=0 -close_fd_mask=1 -print_final_stats=1 \
      -artifact_prefix="$folder/$name-" \
      "$folder/corpus/$name" "$folder/inputs/$name" >"$log" 2>&1 || status=$?
    number=$(count_executions "$log")
    total=$((total + number))
    printf '%-12s %10d executions\n' "$name" "$number"
    if ((status != 0)); then
      failed=$((failed + 1))
      printf '%s: status %d, see %s\n' "$name" "$status" "$log"
      grep -E '^(==|SUMMARY|expected|.*runtime error|artifact_prefix)' "$log" |
        tail -5 || true
    fi
  done
  printf '%d executions, %d fuzzers failed\n' "$total" "$failed"
  ((total > 0 && failed == 0))
}

bench() {
  build "$preset" dag-benchmarks
  build/bench/dag-bench
}

docs() {
  build "$preset" dag-doc
  say "reference pages are in build/docs"
}

case ${1:-} in
asan | tsan | fuzz) packages+=(libclang-rt-22-dev) ;;
demo | check | bench | docs) ;;
*)
  sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
  exit 2
  ;;
esac
install_packages
"$@"
