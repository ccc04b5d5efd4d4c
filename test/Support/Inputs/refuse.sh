# Usage: refuse.sh FOLDER FILE [HEADER [DATA]]
# In the folder, the program must not run with these weights, which are made of
# the header and the data if they are given. Prints the message.
folder=$1 file=$2
scripts=$(cd "$(dirname "$0")" && pwd)
cd "$folder"
if [ $# -gt 2 ]; then
  sh "$scripts/make-safetensors.sh" $file "$3" "$4"
fi
dag-run program.mlir --weights=$file 2>&1 > /dev/null
status=$?
if [ $status != 3 ]; then
  echo "expected status 3, but got $status"
fi
