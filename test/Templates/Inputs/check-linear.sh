#!/usr/bin/env bash
# check-linear.sh PREFIX CHIP ELEMENT M N K [option of the template]...
#
# Makes the kernel of a linear layer of M x K by N x K, and holds its numbers
# against three nested loops. Prints what ptx-run says. Files begin with PREFIX.
set -eu
prefix=$1 chip=$2 element=$3 m=$4 n=$5 k=$6
shift 6
warpgroups=2 rows=128 columns=256 slots=4 cluster=2
[ "$chip" = sm_80 ] && columns=128 slots=3
for option in "$@"; do declare "$option"; done

pass="test-dag-template{chip=$chip element=$element warpgroups=$warpgroups"
pass+=" rows=$rows columns=$columns slots=$slots cluster=$cluster}"
sed "s/ELEMENT/$element/" "$(dirname "$0")/reference.mlir" >"$prefix.ref.mlir"
dag-test-opt "$prefix.ref.mlir" -o "$prefix.mlir" \
  --pass-pipeline="builtin.module(gpu.module($pass))"
dag-opt "$prefix.mlir" --tile-to-binary="format=ptx chip=$chip" |
  dag-translate --gpu-binary-to-object -o "$prefix.ptx"
shared=$(dag-opt "$prefix.mlir" \
  --pass-pipeline="builtin.module(gpu.module(tile-to-nvvm))" |
  sed -n 's/.*tile.shared_bytes = \([0-9]*\).*/\1/p')

x="x=$element[${m}x$k]:random" w="w=$element[${n}x$k]:random(2)"
y="y=$element[${m}x$n]:uninit"
ptx-run "$prefix.ptx" --entry=reference --grid="$m" --block="$n" --track=0 \
  "$x" "$w" "$y" "$n" "$k" -o "$prefix.safetensors"
steps=$(((k + 63) / 64))
if [ "$chip" = sm_80 ]; then
  grid=$(((m + rows - 1) / rows)),$(((n + columns - 1) / columns)) block=256
  launch=("$x" "$w" "$y" "$m" "$n" "$k" "$steps")
else
  rows=$((64 * warpgroups))
  across=$(((m + rows - 1) / rows))
  grid=$(((across + cluster - 1) / cluster * cluster))
  grid+=,$(((n + columns - 1) / columns))
  block=$((128 * (warpgroups + 1)))
  launch=("--buffer=$x" "--buffer=$w" "--buffer=$y"
    tmap:x,box="${rows}x64",swizzle=128
    tmap:w,box="$((columns / cluster))x64",swizzle=128
    tmap:y,box=64x64,swizzle=128 "$steps")
fi
ptx-run "$prefix.ptx" --entry=linear --grid="$grid" --block="$block" \
  --shared="$shared" "${launch[@]}" --strict --schedules=2 \
  --expect="$prefix.safetensors" --tolerance=1e-2 2>&1
