"""mutants.py FILE EXPECTED.safetensors PTX-RUN ARGUMENTS...

Deletes, weakens and changes each instruction of FILE that synchronises, one at
a time, and runs what is left. A mutant is caught if there is a finding or
another result. Prints the counts, and the mutants that nothing tells of.
"""

import collections
import os
import re
import subprocess
import sys
import tempfile

path, expected, tool, *arguments = sys.argv[1:]
lines = open(path).read().split("\n")

DELETED = re.compile(
    r"^\s*(@!?%\w+\s+)?(bar\.(sync|warp)|barrier\.|fence|membar|cp\.async\.(wait|commit|"
    r"bulk\.(wait|commit))|wgmma\.(fence|commit|wait)|mbarrier\.(init|arrive|expect))"
)


def mutants():
    for number, line in enumerate(lines):
        if DELETED.match(line):
            yield number, "deleted", ""
        found = re.match(r"^(\s*)mbarrier\.try_wait\S*\s+(\w+),", line)
        if found:
            yield number, "not waited", f"{found[1]}setp.eq.u32 {found[2]}, 0, 0;"
            flipped = re.sub(r"(0|%\w+);$", lambda m: "1;" if m[1] == "0" else m[0], line)
            if flipped != line:
                yield number, "phase", flipped
        if re.match(r"^\s*\S*wait_group\S* \d+;", line):
            yield number, "a group less", re.sub(
                r"(\d+);", lambda m: f"{int(m[1]) + 1};", line
            )
        if "expect_tx" in line:
            for by in (-16, 16):
                changed = re.sub(r"(\d+);$", lambda m: f"{int(m[1]) + by};", line)
                if changed != line:
                    yield number, f"{by:+} bytes", changed
        if "mbarrier.init" in line:
            changed = re.sub(r"(\d+);$", lambda m: f"{int(m[1]) + 1};", line)
            if changed != line:
                yield number, "an arrival more", changed
        if "commit_group" in line or "mbarrier.arrive" in line:
            yield number, "doubled", line + "\n" + line


def run(text, folder):
    mutant = os.path.join(folder, "mutant.ptx")
    with open(mutant, "w") as file:
        file.write(text)
    command = [tool, mutant, *arguments, "--expect=" + expected, "--strict"]
    for seed in range(3):
        done = subprocess.run(
            command + [f"--seed={seed}", "--max-instructions=300000"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        found = re.search(r"(PTX\d+)", done.stdout)
        if done.returncode != 0:
            return found[1] if found else "another result"
    return None


count = collections.Counter()
missed = []
with tempfile.TemporaryDirectory() as folder:
    for number, kind, line in mutants():
        text = "\n".join(lines[:number] + [line] + lines[number + 1 :])
        code = run(text, folder)
        count[code or "missed"] += 1
        if code is None:
            missed.append(f"{number + 1}: {kind}: {lines[number].strip()}")
name = os.path.basename(path)
print(f"{name}: {sum(count.values())} mutants, {count['missed']} missed")
for code, number in sorted(count.items()):
    if code != "missed":
        print(f"  {number} by {code}")
for line in missed:
    print("  missed", line)
