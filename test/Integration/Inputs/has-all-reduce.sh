#!/bin/sh
# Interesting, as mlir-reduce has it, is what ends with status 1.
if grep -q 'all_reduce' "$1"; then
  exit 1
fi
exit 0
