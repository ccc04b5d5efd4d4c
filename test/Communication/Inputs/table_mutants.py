"""Breaks tables of PyTorch, for pytorch-tables.py."""

import random

from torch.distributed.pipelining.schedules import B, F, I, W, _Action, _ComputationType

SEND_F, RECV_F = _ComputationType.SEND_F, _ComputationType.RECV_F
SEND_B, RECV_B = _ComputationType.SEND_B, _ComputationType.RECV_B
SENDS, RECVS = (SEND_F, SEND_B), (RECV_F, RECV_B)
COMPUTE = (F, B, I, W)


def get_peer(a):
    offset = 1 if a.computation_type in (SEND_F, RECV_B) else -1
    return a.stage_index + offset


class Mutator:
    """Breaks a copy of a table in one place; what can't be done gives None."""

    def __init__(self, table, chance):
        self.table, self.chance = table, chance
        self.rows = [[a for a in row if a is not None] for row in table.rows]

    def pick(self, test=lambda a: True):
        places = [
            (r, i) for r, row in enumerate(self.rows) for i, a in enumerate(row) if test(a)
        ]
        return self.chance.choice(places) if places else None

    def is_of(self, *kinds):
        return lambda a: a.computation_type in kinds

    def replace(self, place, **fields):
        r, i = place
        self.rows[r][i] = self.rows[r][i]._replace(**fields)

    def swap(self, test=lambda a: True, near=False):
        place = self.pick(test)
        if place is None:
            return False
        r, i = place
        others = [k for k, a in enumerate(self.rows[r]) if k != i and test(a)]
        if near:
            others = [k for k in others if k == i + 1]
        if not others:
            return False
        k = self.chance.choice(others)
        row = self.rows[r]
        row[i], row[k] = row[k], row[i]
        return True

    def swap_neighbours(self):
        return self.swap(near=True)

    def swap_sends(self):
        return self.swap(self.is_of(*SENDS))

    def swap_recvs(self):
        return self.swap(self.is_of(*RECVS))

    def swap_computation(self):
        return self.swap(self.is_of(*COMPUTE))

    def delete(self, *kinds):
        place = self.pick(self.is_of(*kinds) if kinds else lambda a: True)
        if place:
            del self.rows[place[0]][place[1]]
        return place

    def delete_recv(self):
        return self.delete(*RECVS)

    def delete_send(self):
        return self.delete(*SENDS)

    def delete_weights(self):
        return self.delete(W)

    def delete_transfer(self):
        place = self.pick(self.is_of(*SENDS))
        if not place:
            return False
        a = self.rows[place[0]].pop(place[1])
        kind = RECV_F if a.computation_type == SEND_F else RECV_B
        recv = _Action(get_peer(a), kind, a.microbatch_index)
        for row in self.rows:
            if recv in row:
                row.remove(recv)
        return True

    def delete_microbatch(self):
        """A stage leaves one out, with its transfers at that end."""
        place = self.pick()
        a = self.rows[place[0]][place[1]]
        if a.sub_actions:
            return False
        key = (a.stage_index, a.microbatch_index)
        row = self.rows[place[0]]
        row[:] = [b for b in row if (b.stage_index, b.microbatch_index) != key]
        return True

    def delete_stage_weights(self):
        place = self.pick(self.is_of(W))
        if not place:
            return False
        row = self.rows[place[0]]
        stage = row[place[1]].stage_index
        row[:] = [a for a in row if (a.stage_index, a.computation_type) != (stage, W)]
        return True

    def double(self):
        r, i = self.pick()
        self.rows[r].insert(self.chance.randrange(len(self.rows[r]) + 1), self.rows[r][i])
        return True

    def move(self, *kinds):
        place = self.pick(self.is_of(*kinds) if kinds else lambda a: True)
        if not place:
            return False
        row = self.rows[place[0]]
        a = row.pop(place[1])
        row.insert(self.chance.randrange(len(row) + 1), a)
        return True

    def move_recv(self):
        return self.move(*RECVS)

    def move_send(self):
        return self.move(*SENDS)

    def move_to_rank(self):
        r, i = self.pick()
        to = self.chance.choice([k for k in range(len(self.rows)) if k != r])
        self.rows[to].insert(self.chance.randrange(len(self.rows[to]) + 1), self.rows[r].pop(i))
        return True

    def other_microbatch(self):
        place = self.pick(lambda a: a.microbatch_index is not None)
        if not place:
            return False
        own = self.rows[place[0]][place[1]].microbatch_index
        numbers = [m for m in range(self.table.microbatches + 1) if m != own]
        self.replace(place, microbatch_index=self.chance.choice(numbers))
        return True

    def other_stage(self):
        place = self.pick(lambda a: a.sub_actions is None)
        own = self.rows[place[0]][place[1]].stage_index
        numbers = [s for s in range(self.table.stages) if s != own]
        self.replace(place, stage_index=self.chance.choice(numbers))
        return True

    def other_kind(self):
        pairs = {SEND_F: SEND_B, SEND_B: SEND_F, RECV_F: RECV_B, RECV_B: RECV_F}
        pairs |= {F: I, I: W, W: I, B: F}
        place = self.pick(lambda a: a.sub_actions is None)
        kind = self.rows[place[0]][place[1]].computation_type
        self.replace(place, computation_type=pairs[kind])
        return True

    def halve_backward(self):
        """A whole backward becomes both of its halves, side by side."""
        place = self.pick(self.is_of(B))
        if not place:
            return False
        r, i = place
        a = self.rows[r][i]
        kinds = [I, W] if self.chance.random() < 0.8 else [W, I]
        self.rows[r][i : i + 1] = [a._replace(computation_type=k) for k in kinds]
        return True

    def keep_half_backward(self):
        place = self.pick(self.is_of(B))
        if place:
            self.replace(place, computation_type=I)
        return place

    def merge_backward(self):
        """The gradient of the inputs takes that of the weights with it."""
        place = self.pick(self.is_of(I))
        if not place:
            return False
        row = self.rows[place[0]]
        weights = row[place[1]]._replace(computation_type=W)
        self.replace(place, computation_type=B)
        if weights in row:
            row.remove(weights)
        return True

    def overlap(self):
        """Two neighbours that compute run side by side."""
        place = self.pick(self.is_of(*COMPUTE))
        if not place:
            return False
        r, i = place
        row = self.rows[r]
        if i + 1 == len(row) or row[i + 1].computation_type not in (F, B, I):
            return False
        pair = (row[i], row[i + 1])
        row[i : i + 2] = [_Action(-1, _ComputationType.OVERLAP_F_B, None, pair)]
        return True

    def split_overlap(self):
        place = self.pick(lambda a: a.sub_actions is not None)
        if not place:
            return False
        r, i = place
        self.rows[r][i : i + 1] = list(self.rows[r][i].sub_actions)
        return True

    def drop_row(self):
        self.chance.choice(self.rows).clear()
        return True

    def swap_rows(self):
        i, k = self.chance.sample(range(len(self.rows)), 2)
        self.rows[i], self.rows[k] = self.rows[k], self.rows[i]
        return True

    def cut(self):
        """A row ends early."""
        row = self.chance.choice(self.rows)
        del row[self.chance.randrange(len(row)) :]
        return True


MUTATIONS = [
    name
    for name in vars(Mutator)
    if name not in ("pick", "is_of", "replace") and not name.startswith("_")
]


def make_mutants(tables, number, seed):
    chance = random.Random(seed)
    small = [t for t in tables if t.microbatches <= 8 and t.stages <= 8]
    while number > 0:
        base = chance.choice(small if chance.random() < 0.9 else tables)
        if base.form == "computation" and chance.random() < 0.4:
            continue
        kind = chance.choice(MUTATIONS)
        mutator = Mutator(base, chance)
        # An empty line at the end of a file is no row.
        if not getattr(mutator, kind)() or not mutator.rows[-1]:
            continue
        rows = [[a for a in row] for row in mutator.rows]
        if rows == [[a for a in row if a is not None] for row in base.rows]:
            continue
        name = f"{base.name}, {base.form}, {kind}"
        yield kind, type(base)(name, rows, base.stages, base.microbatches, base.form)
        number -= 1
