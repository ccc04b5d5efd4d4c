#!/usr/bin/env python3
"""Compares --dag-verify-deadlock with PyTorch, on PyTorch's tables.

Run by hand, in a Python with torch; the tests need none of it:

    python3 pytorch-tables.py DAG-OPT [--mutants=N] [--seed=N] [--store=FOLDER]

The tables are those of torch.distributed.pipelining, for up to 8 ranks, 16
micro-batches and 4 stages on a rank: as the schedules make them, with computation
only; as `_add_send_recv` lowers them, with sends and recvs; and as
`_defer_recv_ops` puts these recvs off. What `_simulate_comms_compute` runs has to
pass, and what it refuses has to fail.

Then tables are broken. The simulator looks at the order of communication alone,
its sends need no recv, and data has names; so there are second opinions, which
say why something that it runs is wrong all the same:

    counts      PyTorch's own `_validate_schedule` refuses it: an action is missing.
                (Tables of what was sent, without the backwards of some stages, are
                excerpts, and allowed.)
    twice       an action is there twice, which runs the stage twice
    runtime     an assertion of PyTorch's runtime: data is not there, or twice
    gradient    the gradient of the weights comes before that of the inputs
    unmatched   a send has no recv
    order       two ranks have their transfers in different orders: NCCL has no
                tags, so data goes to another place
    rendezvous  each rank calls what its row says, and a send waits for its recv:
                ranks wait for each other

A table has to pass if none of these nor the simulator objects, and to fail if one
does. What differs is printed, and ends in exit status 1. --store writes a part of
the tables and mutants for the tests that compare with them.
"""

import argparse
import contextlib
import io
import pathlib
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict

import torch
from torch.distributed.pipelining import schedules as pp
from torch.distributed.pipelining.schedules import B, F, I, W

from table_mutants import COMPUTE, RECV_B, RECV_F, RECVS, SEND_B, SEND_F, SENDS
from table_mutants import get_peer, make_mutants

# The table in its messages, which fails where a rank has done nothing.
pp._format_pipeline_order = lambda *args, **kwargs: ""


class Stage:
    """What a schedule asks of a stage when it makes its table."""

    submod = None

    def __init__(self, index, rank, ranks, stages):
        self.stage_index, self.num_stages = index, stages
        self.group_rank, self.group_size = rank, ranks
        self.is_first, self.is_last = index == 0, index == stages - 1


class Table:
    """Rows of actions, and what they are for."""

    def __init__(self, name, rows, stages, microbatches, form="computation"):
        self.name, self.rows, self.form = name, rows, form
        self.stages, self.microbatches = stages, microbatches

    def csv(self):
        return "".join(
            ",".join("" if a is None else str(a) for a in row) + "\n" for row in self.rows
        )

    def has_transfers(self):
        return any(a.computation_type in SENDS + RECVS for row in flatten(self.rows) for a in row)


def flatten(rows):
    """Actions by themselves, as the runtime performs them."""
    return [
        [part for a in row if a is not None for part in (a.sub_actions or (a,))] for row in rows
    ]


def ranks_of_stages(rows):
    found = {}
    for only_compute in (True, False):
        for rank, row in enumerate(flatten(rows)):
            for a in row:
                if not only_compute or a.computation_type in COMPUTE:
                    found.setdefault(a.stage_index, rank)
    return found


# -- Tables -------------------------------------------------------------------


def get_order(kind, ranks, per_rank, microbatches):
    """The rows of one of PyTorch's schedules, or None if it takes no such sizes."""
    cls = pp.get_schedule_class(kind)
    stages = ranks * per_rank
    try:
        if issubclass(cls, pp.PipelineScheduleSingle):
            if per_rank != 1:
                return None
            return cls(Stage(0, 0, ranks, stages), microbatches).pipeline_order
        local = [Stage(i * ranks, 0, ranks, stages) for i in range(per_rank)]
        return cls(local, microbatches).pipeline_order
    except ValueError:
        return None


def make_tables():
    kinds = (
        "GPipe 1F1B Interleaved1F1B LoopedBFS InterleavedZeroBubble ZBVZeroBubble DualPipeV".split()
    )
    for kind in kinds:
        for ranks in range(2, 9):
            for per_rank in range(1, 5):
                for microbatches in range(1, 17):
                    order = get_order(kind, ranks, per_rank, microbatches)
                    if order is None:
                        continue
                    # Reductions of gradients are no computation.
                    rows = [
                        [
                            a
                            for a in order[r]
                            if a is None or a.computation_type in COMPUTE or a.sub_actions
                        ]
                        for r in range(ranks)
                    ]
                    name = f"{kind} p={ranks} v={per_rank} m={microbatches}"
                    yield Table(name, rows, ranks * per_rank, microbatches)


def lower(table):
    """With sends and recvs as PyTorch puts them; None where it can't."""
    place = ranks_of_stages(table.rows)
    rows = {r: [a for a in row if a is not None] for r, row in enumerate(table.rows)}
    idle = [r for r, row in rows.items() if not row]
    try:
        done = pp._add_send_recv(
            {r: row for r, row in rows.items() if row}, lambda s: place[s], table.stages
        )
    except (AssertionError, KeyError):
        return None
    for r in idle:
        done[r] = []
    return Table(
        table.name,
        [done[r] for r in range(len(table.rows))],
        table.stages,
        table.microbatches,
        "with transfers",
    )


def defer(table):
    """With recvs as late as PyTorch's `defer_pp_recv` has them."""
    place = ranks_of_stages(table.rows)
    rows = pp._defer_recv_ops(dict(enumerate(table.rows)), lambda s: place[s])
    return Table(
        table.name,
        [rows[r] for r in range(len(table.rows))],
        table.stages,
        table.microbatches,
        "recvs deferred",
    )


# -- Opinions -----------------------------------------------------------------


def simulates(table):
    """True if PyTorch's simulator runs it."""
    if not table.has_transfers():
        table = lower(table)
        if table is None:
            return False
    place = ranks_of_stages(table.rows)
    rows = {r: row for r, row in enumerate(flatten(table.rows)) if row}
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            # A stage that no rank has has done nothing.
            pp._simulate_comms_compute(rows, lambda s: place[s], table.stages)
        except (ValueError, KeyError):
            return False
    return True


def is_counted(table):
    rows = {r: row for r, row in enumerate(flatten(table.rows))}
    for row in rows.values():
        row[:] = [a for a in row if a.computation_type in COMPUTE]
    try:
        pp._validate_schedule(rows, len(rows), table.stages, table.microbatches)
    except (AssertionError, KeyError):
        return False
    numbers = {a.microbatch_index for row in rows.values() for a in row}
    return numbers <= set(range(table.microbatches))


def is_excerpt(table):
    """True if a table with transfers ends before the backwards of some stages,
    and leaves out nothing else."""
    rows = [list(row) for row in flatten(table.rows)]
    trained = {a.stage_index for row in rows for a in row if a.computation_type in (B, I, W)}
    for row in rows:
        row += [
            a._replace(computation_type=B)
            for a in row
            if a.computation_type == F and a.stage_index not in trained
        ]
    whole = Table(table.name, rows, table.stages, table.microbatches)
    return table.has_transfers() and is_counted(whole)


def is_single(table):
    seen = Counter(
        (a.stage_index, "F" if a.computation_type == F else part, a.microbatch_index)
        for row in flatten(table.rows)
        for a in row
        if a.computation_type in COMPUTE
        for part in {F: "F", B: "IW", I: "I", W: "W"}[a.computation_type]
    )
    transfers = Counter(
        a for row in flatten(table.rows) for a in row if a.computation_type in SENDS + RECVS
    )
    return max([*seen.values(), *transfers.values()]) == 1


def is_behind(table):
    """The gradient of the weights is behind that of the inputs."""
    for row in flatten(table.rows):
        done = set()
        for a in row:
            key = (a.stage_index, a.microbatch_index)
            if a.computation_type == W and key not in done:
                return False
            if a.computation_type == I:
                done.add(key)
    return True


def runs(table):
    """The assertions of `_PipelineScheduleRuntime`, rank by rank, and those of its
    stages: data of the own rank is there, a forward comes before its backward, and
    what runs side by side does not need each other."""
    place = ranks_of_stages(table.rows)
    for rank, row in enumerate(table.rows):
        came, made = {SEND_F: set(), SEND_B: set()}, {F: set(), I: set()}
        for action in row:
            if action is None:
                continue
            before = made
            if action.sub_actions:
                before = {key: set(value) for key, value in made.items()}
            for a in action.sub_actions or (action,):
                s, m, kind = a.stage_index, a.microbatch_index, a.computation_type
                if place.get(s) != rank:
                    return False
                if kind in RECVS:
                    here = came[SEND_F if kind == RECV_F else SEND_B]
                    if (s, m) in here:
                        return False
                    here.add((s, m))
                elif kind in SENDS:
                    if not 0 <= get_peer(a) < table.stages:
                        return False
                    if (s, m) not in made[F if kind == SEND_F else I]:
                        return False
                elif kind in (F, B, I):
                    gradient = kind != F
                    peer = s + (1 if gradient else -1)
                    if gradient and (s, m) not in before[F]:
                        return False
                    if 0 <= peer < table.stages:
                        if place.get(peer) == rank:
                            if (peer, m) not in before[I if gradient else F]:
                                return False
                        elif (s, m) not in came[SEND_B if gradient else SEND_F]:
                            return False
                    made[I if gradient else F].add((s, m))
    return True


def get_transfers(table):
    """For each rank its transfers in order: peer, whether it sends, and what."""
    place = ranks_of_stages(table.rows)
    result = []
    for row in flatten(table.rows):
        mine = []
        for a in row:
            if a.computation_type in SENDS + RECVS:
                sends, peer = a.computation_type in SENDS, get_peer(a)
                source = a.stage_index if sends else peer
                gradient = a.computation_type in (SEND_B, RECV_B)
                data = (source, gradient, a.microbatch_index)
                mine.append((place.get(peer), sends, data))
        result.append(mine)
    return result


def meets(table):
    """What is wrong with how sends and recvs meet: `unmatched`, `order`,
    `rendezvous` or nothing."""
    transfers = get_transfers(table)
    wrong = set()
    ends = Counter()
    for rank, mine in enumerate(transfers):
        for peer, sends, data in mine:
            ends[data] += 1 if sends else -1
            if peer is None or peer == rank:
                wrong.add("unmatched")
    if any(ends.values()):
        wrong.add("unmatched")
    between = defaultdict(list)
    for rank, mine in enumerate(transfers):
        for peer, sends, data in mine:
            between[rank, peer, sends].append(data)
    for (rank, peer, sends), mine in between.items():
        if sends and mine != between.get((peer, rank, False), []):
            wrong.add("order")
    # A send meets the next recv of its peer from it, whatever it is of.
    at, moved = [0] * len(transfers), True
    while moved:
        moved = False
        for rank, mine in enumerate(transfers):
            while at[rank] < len(mine):
                peer, sends, _ = mine[at[rank]]
                if peer is None or at[peer] >= len(transfers[peer]):
                    break
                other, other_sends, _ = transfers[peer][at[peer]]
                if other != rank or sends == other_sends or peer == rank:
                    break
                at[rank] += 1
                at[peer] += 1
                moved = True
    if any(at[r] < len(mine) for r, mine in enumerate(transfers)):
        wrong.add("rendezvous")
    return wrong


def get_objections(table):
    """What the second opinions say, in the order of the list above."""
    found = []
    if not is_counted(table) and not is_excerpt(table):
        found.append("counts")
    if not is_single(table):
        found.append("twice")
    if not is_behind(table):
        found.append("gradient")
    whole = table if table.has_transfers() else lower(table)
    if whole is not None:
        if not runs(whole):
            found.append("runtime")
        found += sorted(meets(whole))
    return found


# -- The verdicts -------------------------------------------------------------


class Verifier:
    BATCH = 200

    def __init__(self, tool, folder):
        self.tool, self.folder = tool, pathlib.Path(folder)

    def judge(self, tables):
        """For each table `PASS`, its first code, or `unreadable`, and the first
        message."""
        for i in range(0, len(tables), self.BATCH):
            yield from self.judge_batch(tables[i : i + self.BATCH])

    def judge_batch(self, tables):
        files = [self.folder / f"{i}.csv" for i in range(len(tables))]
        for file, table in zip(files, tables):
            file.write_text(table.csv())
        done = subprocess.run(
            [self.tool, *map(str, files), "--dag-verify-deadlock", "-o", "/dev/null"],
            capture_output=True,
            text=True,
        )
        assert done.returncode in (0, 1, 3), f"status {done.returncode}\n{done.stderr}"
        first = {}
        for match in re.finditer(r"^(\S+\.csv):\d+:\d+: error: (.*)", done.stderr, re.M):
            first.setdefault(match[1], match[2])
        assert bool(first) == (done.returncode != 0), done.stderr
        for file in files:
            message = first.get(str(file), "")
            code = re.match(r"\[(DAG\d+)\]", message)
            yield (code[1] if code else "unreadable" if message else "PASS"), message


def compare_tables(tables, verifier):
    """Counts tables by kind of schedule, form, and what both say."""
    counts, wrong = Counter(), []
    for table, (said, message) in zip(tables, verifier.judge(tables)):
        runs_there, objections = simulates(table), get_objections(table)
        why = " ".join(objections)
        counts[table.name.split()[0], table.form, runs_there, said, why] += 1
        if (said == "PASS") != (runs_there and not objections):
            wrong.append(f"{table.name}, {table.form}: {runs_there}, {why}, {said}: {message}")
    return counts, wrong


def is_whole_of_fewer(table):
    """True if the last stages are gone and the others run: a file does not say how
    many stages there are."""
    named = 1 + max(a.stage_index for row in flatten(table.rows) for a in row)
    fewer = Table(table.name, table.rows, named, table.microbatches)
    return named < table.stages and simulates(fewer) and not get_objections(fewer)


def compare_mutants(mutants, verifier):
    counts, kinds, wrong, all_judged = Counter(), Counter(), [], []
    said_of_all = verifier.judge([table for _, table in mutants])
    for (kind, table), (said, message) in zip(mutants, said_of_all):
        runs_there, objections = simulates(table), get_objections(table)
        passes = said == "PASS"
        agrees = passes == runs_there
        why = "" if agrees else (objections[0] if objections and not passes else "?")
        is_fewer = passes and not runs_there and is_whole_of_fewer(table)
        why = "fewer stages" if is_fewer else why
        counts[runs_there, passes, why] += 1
        kinds[kind, runs_there, passes] += 1
        all_judged.append((kind, table, said, message))
        if passes != (is_fewer or (runs_there and not objections)):
            opinions = f"simulator {runs_there}, {objections}, {said}: {message}"
            wrong.append(f"{table.name}: {opinions}\n{table.csv()}")
    return counts, kinds, wrong, all_judged


def print_rows(title, counts):
    print(f"\n{title}")
    for key, number in sorted(counts.items(), key=str):
        print("  ", *key, number)


HEAD = """// RUN: dag-opt %s --split-input-file --dag-verify-deadlock{0}

// {1}, as
// Inputs/pytorch-tables.py has compared and written them. Do not edit.
"""


def print_op(table):
    """The table as it is read from a file: as many micro-batches as it names."""
    actions = [a for row in flatten(table.rows) for a in row]
    number = max(a.microbatch_index for a in actions) + 1
    rows = [",".join(str(a) for a in row if a is not None) for row in table.rows]
    text = ",\n           ".join(f'"{row}"' for row in rows)
    return f'dag.schedule "{table.name}" microbatches = {number}\n    table [{text}]\n'


def store(folder, torch_tables, judged):
    """Small tables of all schedules; and of mutants those that are right, and two
    for each kind and what is said of it."""
    small = [
        t for t in torch_tables if t.stages <= 4 and t.microbatches <= 4 and simulates(t)
    ]
    right, wrong, seen = [], [], Counter()
    for kind, table, said, message in judged:
        if table.stages > 4 or table.microbatches > 4:
            continue
        seen[kind, said] += 1
        if seen[kind, said] > 2:
            continue
        if said == "PASS":
            right.append(print_op(table))
        else:
            # What does not verify is named where it stands.
            kind, text = ("error", f"[{said}]")
            if said == "unreadable":
                kind, text = ("warning", message)
            wrong.append(f"// expected-{kind} @+1 {{{{{text}}}}}\n" + print_op(table))
    folder = pathlib.Path(folder)
    quiet, only = " -o /dev/null", " \\\n// RUN:   --verify-diagnostics=only-expected"
    runs = [*map(print_op, small), *right]
    for name, option, title, ops in (
        ("pytorch-tables", quiet, "Tables of PyTorch, and mutants that run", runs),
        ("pytorch-mutants", only, "Tables of PyTorch, broken", wrong),
    ):
        text = HEAD.format(option, title) + "\n" + "\n// -----\n\n".join(ops)
        (folder / f"{name}.mlir").write_text(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("tool")
    parser.add_argument("--mutants", type=int, default=2500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=["tables", "mutants"])
    parser.add_argument("--store")
    options = parser.parse_args()
    print(f"torch {torch.__version__}")
    computation = list(make_tables())
    lowered = [table for table in map(lower, computation) if table is not None]
    tables = computation + lowered
    print(f"{len(computation)} tables, {len(lowered)} of them lowered")
    wrong, judged = [], []
    with tempfile.TemporaryDirectory() as folder:
        verifier = Verifier(options.tool, folder)
        if options.only != "mutants":
            counts, wrong = compare_tables(tables + [*map(defer, lowered)], verifier)
            print_rows("schedule, form, the simulator runs it, said, objections", counts)
        if options.only != "tables":
            # What is broken has to be right before.
            sound = [*filter(simulates, tables)]
            mutants = [*make_mutants(sound, options.mutants, options.seed)]
            seen, kinds, differ, judged = compare_mutants(mutants, verifier)
            wrong += differ
            print_rows("mutants: the simulator runs it, passes, why not", seen)
            print_rows("kind, the simulator runs it, passes", kinds)
    if options.store:
        store(options.store, tables, judged)
    for line in wrong:
        print(line)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
