#!/usr/bin/env bash
# expect-status.sh STATUS COMMAND...
#
# Runs the command, whose exit status has to be STATUS; its standard error goes to
# standard output.
expected=$1
shift
"$@" 2>&1
status=$?
if ((status != expected)); then
  echo "expected exit status $expected, but got $status"
  exit 1
fi
