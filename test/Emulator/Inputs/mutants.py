"""mutants.py PTX-RUN KERNELS EXPLAINED FOLDER [EVERY]

Deletes, weakens, moves, doubles and changes what synchronises kernels, one
instruction at a time, and runs what is left with three orders of warps. A line
of KERNELS is a file (of FOLDER, or beside this script), a kernel, and the
arguments of ptx-run. A mutant is caught by a finding, by another result, or by
what ptxas says of it; EXPLAINED says why the others change nothing. Prints the
counts, and what is left. With EVERY, only one mutant of so many is run.
"""

import collections
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

tool, kernels, explained, folder = sys.argv[1:5]
every = int(sys.argv[5]) if len(sys.argv) > 5 else 1
here = os.path.dirname(os.path.abspath(__file__))
ptxas = shutil.which("ptxas", path=os.environ["PATH"] + ":/usr/local/cuda/bin")

GUARD = r"^(\s*)(@!?%\w+\s+)?"
SYNC = re.compile(
    GUARD + r"(bar\.|barrier\.|fence|membar|cp\.async\.(wait|commit|mbarrier|bulk\.(wait|commit))|"
    r"wgmma\.(fence|commit|wait)|mbarrier\.(init|arrive|expect|inval)|(st|red|atom|ld)\S*\.(release|acquire))"
)
ACCESS = re.compile(GUARD + r"((ld|st|atom|red)\S*\.(shared|global)|cp\.async\.(c|bulk\.(shared|global|tensor))|ldmatrix|stmatrix|wgmma\.mma|st\.async)")
ADDRESS = re.compile(GUARD + r"((ld|st)\.shared|cp\.async\.(c|bulk\.)|ldmatrix|stmatrix|st\.async)")
DOUBLED = re.compile(GUARD + r"(mbarrier\.(arrive|init)|bar\.arrive|barrier\.cluster\.arrive|cp\.async\.(mbarrier|bulk\.(tensor|shared))|\S*commit_group|st\.async|(red|atom)\.)")
# The end of a basic block.
EDGE = re.compile(r"^\s*$|^\s*(@!?%\w+\s+)?(bra|ret)|:\s*$|^\s*[{}]")
# Accesses to global memory are in nobody's way but a fence's.
GLOBAL = re.compile(r"(ld|st|atom|red)\S*\.global")
FENCE = re.compile(r"membar|fence\.(acq|sc)|\.global\S*\.(acquire|release)|\.(acquire|release)\S*\.global")
COMPARE = {"eq": "ne", "ne": "eq", "lt": "ge", "ge": "lt", "gt": "le", "le": "gt"}
WEAKER = [
    (r"\.release\b(?!\.cluster;)", ".relaxed"),
    (r"\.acquire\b", ".relaxed"),
    (r"\.gpu\b", ".cta"),
    (r"(arrive|wait\.parity)(\.\w+)\.cluster\b", r"\1\2.cta"),
    (r"membar\.gl", "membar.cta"),
    (r"cp\.async\.wait_all", "cp.async.wait_group 1"),
    (r"bulk\.wait_group (\d)", r"bulk.wait_group.read \1"),
    (r"proxy\.async\.shared::cta", "proxy.async.global"),
    (r"bar\.sync\s+0", "bar.warp.sync -1"),
    (r"cluster\.arrive\.aligned", "cluster.arrive.relaxed.aligned"),
]


def changed(line, by):
    """The line with its last number changed."""
    return re.sub(r"(\d+);\s*$", lambda m: f"{int(m[1]) + by};", line)


def moved(lines, place, step):
    """The lines with one of them behind the next access, or before the last."""
    other = place + step
    while 0 < other < len(lines) and not EDGE.search(lines[other]):
        isGlobal = GLOBAL.search(lines[other]) and not FENCE.search(lines[place])
        if ACCESS.match(lines[other]) and not isGlobal:
            result = lines[:place] + lines[place + 1 :]
            result.insert(other, lines[place])
            return result
        other += step
    return None


def of_line(lines, place):
    """Mutants of a line: a kind, and the line as it is then."""
    line = lines[place]
    guard = re.match(GUARD, line)
    if SYNC.match(line):
        yield "deleted", ""
        for pattern, weaker in WEAKER:
            yield "weakened", re.sub(pattern, weaker, line)
        if re.search(r"wait_group\S*\s+\d+;", line):
            yield "weakened", changed(line, 1)
        if "mbarrier.init" in line:
            yield "count", changed(line, 1)
            yield "count", changed(line, -1)
        if re.search(r"\bbar\.\w+\s+\d+, \d+;", line):
            yield "count", changed(line, 32)
            yield "count", changed(line, -32)
    if "expect_tx" in line or re.search(r"cp\.async\.bulk\.global", line):
        yield "bytes", changed(line, 16)
        yield "bytes", changed(line, -16)
    if re.search(r"cp\.async\.bulk\.shared", line):
        yield "bytes", re.sub(r", (\d+), \[", lambda m: f", {int(m[1]) - 16}, [", line)
    wait = re.match(r"(.*try_wait\.parity\S*\s+(\S+),.*), (\S+);(.*)$", line)
    if wait:
        yield "phase", f"{{ .reg .b32 flip; xor.b32 flip, {wait[3]}, 1; {wait[1]}, flip; }}{wait[4]}"
        yield "deleted", f"setp.eq.u32 {wait[2]}, 0, 0;"
    if DOUBLED.match(line):
        yield "doubled", line + "\n" + line
    if ADDRESS.match(line):
        yield "stride", re.sub(r"\[(%\w+)(\+\d+)?([,\]])", lambda m: f"[{m[1]}+{int(m[2] or 0) + 16}{m[3]}", line, 1)
    if guard[2] and (SYNC.match(line) or ACCESS.match(line) or " bra " in line):
        flipped = line.replace("@!", "@", 1) if "@!" in line else line.replace("@", "@!", 1)
        yield "predicate", flipped
    compare = re.match(r"(\s*setp\.)(\w+)(\.[usb]\d+\s.*)", line)
    if compare and compare[2] in COMPARE:
        yield "predicate", compare[1] + COMPARE[compare[2]] + compare[3]
    swizzled = re.match(r"\s*xor\.b32\s+(\S+), (\S+), .*", line)
    if swizzled:
        yield "swizzle", f"mov.b32 {swizzled[1]}, {swizzled[2]};"


def of_kernel(kernel):
    """Mutants of lines that are executed: the kind, the line, the text, the
    arguments."""
    lines, first, arguments = kernel.lines, kernel.first, kernel.arguments
    for place in sorted(kernel.executed):
        seen = {lines[place]}
        for kind, line in of_line(lines, place):
            if line not in seen:
                seen.add(line)
                yield kind, place, lines[:place] + [line] + lines[place + 1 :], arguments
        if SYNC.match(lines[place]):
            for step in (-1, 1):
                if text := moved(lines, place, step):
                    yield "moved up" if step < 0 else "moved down", place, text, arguments
    for i, argument in enumerate(arguments):
        for other in ("swizzle=64", "swizzle=32") if "swizzle=128" in argument else ():
            yield "swizzle", first, lines, arguments[:i] + [argument.replace("swizzle=128", other)] + arguments[i + 1 :]


def compile_notes(text, target, scratch):
    if not ptxas:
        return set()
    path = scratch + ".s.ptx"
    with open(path, "w") as file:
        file.write(text)
    done = subprocess.run([ptxas, "-arch=" + target, path, "-o", os.devnull], capture_output=True, text=True)
    said = done.stdout + done.stderr
    return set(re.findall(r"C75\d\d", said)) | ({"error"} if done.returncode else set())


class Kernel:
    def __init__(self, number, line, scratch):
        name, self.entry, *self.arguments = line.split()
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            path = os.path.join(here, name)
        with open(path) as file:
            self.lines = file.read().split("\n")
        self.scratch = os.path.join(scratch, f"{number}.{self.entry}")
        self.first = next(i for i, text in enumerate(self.lines) if re.search(rf"\.entry {self.entry}\b", text))
        self.target = next(text.split()[1] for text in self.lines if text.startswith(".target"))
        self.notes = compile_notes("\n".join(self.lines), self.target, self.scratch)
        self.expected = self.scratch + ".safetensors"
        with open(self.scratch + ".ptx", "w") as file:
            file.write("\n".join(self.lines))
        done = self.run(self.scratch + ".ptx", self.arguments, ["-o", self.expected, "--schedules=3"])
        if done.returncode != 0:
            sys.exit(f"{self.entry}: {done.stdout}")
        profile = self.run(self.scratch + ".ptx", self.arguments, ["--profile=json"])
        self.executed = {one["line"] - 1 for one in json.loads(profile.stdout)["lines"]}

    def run(self, path, arguments, more):
        command = [tool, path, "--entry=" + self.entry, "--strict", "--max-instructions=200000"]
        return subprocess.run(command + arguments + more, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def judge(self, number, lines, arguments):
        """A code, `another result`, `ptxas`, or what is wrong."""
        text = "\n".join(lines)
        path = f"{self.scratch}.{number}.ptx"
        with open(path, "w") as file:
            file.write(text)
        for seed in range(3):
            done = self.run(path, arguments, [f"--seed={seed}", "--expect=" + self.expected])
            found = re.search(r"(PTX\d+)", done.stdout)
            if done.returncode == 0:
                continue
            os.remove(path)
            if done.returncode in (1, 2) and (found or done.returncode == 1):
                return found[1] if found else "another result"
            return "no PTX" if done.returncode in (2, 3) else f"status {done.returncode}: {done.stdout}"
        os.remove(path)
        said = compile_notes(text, self.target, f"{self.scratch}.{number}")
        return "ptxas" if said - self.notes else "nothing"


def reasons():
    with open(explained) as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                yield [part.strip() for part in line.split(" | ")]


def main():
    reason = list(reasons())
    count, why, left = collections.Counter(), collections.Counter(), []
    with tempfile.TemporaryDirectory() as scratch, concurrent.futures.ThreadPoolExecutor(2) as pool:
        with open(kernels) as file:
            rows = [line for line in file if line.strip() and not line.startswith("#")]
        table = [Kernel(number, line, scratch) for number, line in enumerate(rows)]
        jobs = []
        for kernel in table:
            for kind, place, lines, arguments in of_kernel(kernel):
                jobs.append((kernel, kind, place, lines, arguments))
        jobs = jobs[::every]
        results = pool.map(lambda job: job[1][0].judge(job[0], job[1][3], job[1][4]), enumerate(jobs))
        for (kernel, kind, place, _, _), code in zip(jobs, results):
            if code == "no PTX":
                continue
            if code == "nothing":
                line = kernel.lines[place].strip()
                for name, kinds, pattern, text in reason:
                    isOne = re.fullmatch(name, kernel.entry) and re.fullmatch(kinds, kind)
                    if isOne and re.search(pattern, line):
                        code = "explained"
                        why[text] += 1
                        break
                else:
                    left.append(f"{kernel.entry} {place + 1}: {kind}: {line}")
            count[code] += 1
    unseen = sum(number for text, number in why.items() if text.startswith("not found"))
    changing = sum(count.values()) - count["explained"] + unseen
    print(f"{len(table)} kernels, {sum(count.values())} mutants, {len(left)} missed")
    print(f"{changing} of them change something, {unseen} of which are not found")
    for code, number in sorted(count.items()):
        if code != "nothing":
            print(f"  {number} by {code}" if code != "explained" else f"  {number} explained")
    for text, number in sorted(why.items()):
        print(f"    {number}: {text}")
    for line in left:
        print("  missed", line)


main()
