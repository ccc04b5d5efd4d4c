# Usage: break.sh KERNEL.mlir EXPRESSION EXPECTED.safetensors ARGUMENT...
# Changes the kernel by an expression of sed, compiles it, and runs it: what
# ptx-run says of it. A change of nothing is an error.
kernel=$1 expression=$2 expected=$3
shift 3
sed -E "$expression" "$kernel" > broken.mlir
if cmp -s "$kernel" broken.mlir; then
  echo "nothing changes by $expression"
  exit 1
fi
dag-opt broken.mlir --tile-to-binary -o broken-binary.mlir || exit 1
dag-translate --gpu-binary-to-object broken-binary.mlir -o broken.ptx || exit 1
ptx-run broken.ptx --entry=linear "$@" --expect="$expected" --tolerance=1e-2 \
  > broken.log 2>&1
status=$?
echo "status $status"
grep -o 'error: PTX[0-9]*\|more than expected' broken.log | sort -u | head -3
