"""check-timeline.py FILE: counts what is in a timeline of ptx-run."""

import collections
import json
import sys

with open(sys.argv[1]) as file:
    events = json.load(file)["traceEvents"]
names, tracks = {}, collections.defaultdict(list)
for event in events:
    key = (event["pid"], event["tid"])
    if event["ph"] == "M" and event["name"] == "thread_name":
        names[key] = event["args"]["name"]
    elif event["ph"] == "X":
        tracks[key].append((event["ts"], event["dur"]))
print("blocks", len({block for block, _ in names}))
print("tracks", *sorted(set(names.values())))
for engine in ("copies", "products"):
    print(engine, sum(len(tracks[key]) for key, name in names.items() if name == engine))
overlaps = 0
for key, spans in tracks.items():
    spans.sort()
    for (start, length), (after, _) in zip(spans, spans[1:]):
        # Copies are in flight together.
        overlaps += names[key] != "copies" and start + length > after + 1e-6
print("overlaps", overlaps)
