#!/usr/bin/env bash
# run-pipelines.sh PTX-RUN FILE: the kernels of pipelines.cu, with hazards.
run() { "$tool" "$file" --elements=4 --strict "$@"; }
set -f
tool=$1 file=$2
while read -r name arguments; do
  # Arguments have no spaces or stars in them.
  run --entry="$name" $arguments
done <<'T'
bulkRing --block=96 x=f32[448]:iota y=f32[448]:uninit 7 --print=y
tileRing --block=64 --buffer=x=bf16[128x64]:one --buffer=y=bf16[128x64]:uninit tmap:x,box=32x64 tmap:y,box=32x64 4 --print=y
clusterSum --grid=8 --block=64 x=f32[512]:iota y=f32[2]:uninit --print=y
clusterRing --grid=2 --block=32 x=i32[64]:iota y=i32[64]:uninit 5 --print=y
asyncStores --grid=2 --block=32 x=i32[64]:iota y=i32[64]:uninit --print=y
pingPong --block=64 x=i32[192]:iota y=i32[32]:uninit 6 --print=y
copiesArrive --block=128 x=f32[1280]:iota y=f32[64]:uninit 5 --print=y
stages --block=128 a=f16[64x160]:one b=f16[32x160]:one c=f32[64x32]:uninit 160 --print=c
softmax --grid=2 --block=128 x=f32[256]:one y=f32[256]:uninit --print=y
transpose --grid=2,2 --block=32,4 x=f32[64x64]:iota y=f32[64x64]:uninit --print=y
chain --grid=4 --block=64 x=i32[256]:one s=i32[256] f=i32[4] y=i32[256]:uninit --print=s
turns --grid=4 --block=64 x=f32[256]:iota y=f32[64]:uninit t=i32[1] --print=y
groups --block=384 --shared=65536 --buffer=a=bf16[128x576]:one --buffer=b=bf16[16x576]:one --buffer=c=bf16[128x16]:uninit tmap:a,box=128x64,swizzle=128 tmap:b,box=16x64,swizzle=128 tmap:c,box=64x16 9 --print=c
rootMeanSquare --grid=2 --block=128 x=f32[256]:one y=f32[256]:uninit --print=y
T
