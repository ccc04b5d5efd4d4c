#!/usr/bin/env bash
# run-matrices.sh PTX-RUN FILE FOLDER: compares the kernels of matrices.cu with
# their references: name, type of A and B, k, type of C, rows, columns.
set -e
while read -r name type k result m n; do
  arguments="a=$type[${m}x$k]:random b=$type[${n}x$k]:random c=$result[${m}x$n]"
  "$1" "$2" --entry="${name}r" --block=$((m * n)) $arguments -o "$3.safetensors"
  echo "$name"
  "$1" "$2" --entry="$name" --block=32 $arguments:uninit \
    --expect="$3.safetensors" --tolerance=1e-6 | grep "^c:\|error"
done <<'T'
s8 i8 32 i32 16 8
tf32 f32 8 f32 16 8
f64 f64 4 f64 8 8
f16 f16 16 f16 16 8
wmma f16 16 f32 16 16
quad f16 4 f32 32 8
quadh f16 4 f16 32 8
sat u8 32 i32 16 8
bits u8 32 i32 16 8
wmma4 u8 16 i32 8 8
wmma1 u8 16 i32 8 8
wmma8 u8 16 i32 16 16
T
