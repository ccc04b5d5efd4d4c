#!/usr/bin/env bash
# run-wgmma-types.sh PTX-RUN FILE FOLDER: compares the kernels of wgmma-types.cu
# with their references: name, types of A and B, k, type of C.
set -e
while read -r name a b k result; do
  arguments="a=$a[64x$k]:random b=$b[16x$k]:random c=$result[64x16]"
  "$1" "$2" --entry="${name}r" --block=1024 $arguments -o "$3.safetensors"
  echo "$name"
  "$1" "$2" --entry="$name" --block=128 $arguments:uninit \
    --expect="$3.safetensors" --tolerance=1e-6 | grep "^c:\|error"
done <<'T'
f16 f16 f16 16 f32
neg f16 f16 16 f32
bf16 bf16 bf16 16 f32
tf32 f32 f32 8 f32
e4m3 e4m3 e4m3 32 f32
mixed e5m2 e4m3 32 f32
s8 i8 i8 32 i32
u8 u8 i8 32 i32
sat u8 u8 32 i32
bits u8 u8 32 i32
half16 f16 f16 16 f16
regs f16 f16 16 f32
trans f16 f16 16 f32
T
