#!/usr/bin/env bash
# run-kernels.sh PTX-RUN FILE: runs the kernels of kernels.cu.
set -e
run() { "$tool" "$file" --elements=8 --schedules=3 "$@"; }
tool=$1 file=$2
run --entry=scan --block=256 x=i32[256]:one y=i32[256] 250 --print=y
run --entry=histogram --grid=4 --block=256 x=u8[5000]:7 h=u32[256] 5000 --print=h
run --entry=gemm --grid=3,4 --block=16,16 A=f32[50x37]:one B=f32[37x40]:iota \
  C=f32[50x40] 50 40 37 --print=C
run --entry=warpSum --block=32 x=f32[1000]:iota o=f32[1] 1000 --print=o
run --entry=lastBlock --grid=6 --block=256 x=f32[5000]:one p=f32[6]:uninit \
  c=u32[1] o=f32[1] 5000 --print=o
run --entry=lookBack --grid=20 --block=128 x=i32[2560]:one o=i32[2560]:uninit \
  state=i32[40] --print=o
run --entry=choose --block=16 k=i32[16]:iota o=i32[16] --print=o
