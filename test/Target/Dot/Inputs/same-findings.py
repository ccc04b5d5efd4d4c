#!/usr/bin/env python3
"""same-findings.py PREFIX codes|nodes FILE [option of --dag-to-dot]...

Verifies FILE, a plan or a drawing, and the drawing that is made of it, and says
whether the reports agree: in verdict, statuses and codes, and with `nodes` in
the node and the message of each finding as well. Files begin with PREFIX. Prints
the verdict and the codes.
"""

import json
import subprocess
import sys

prefix, mode, source = sys.argv[1:4]
drawing = prefix + ".drawn.dot"


def report(path):
    out = prefix + ".json"
    open(out, "w").close()
    subprocess.run(
        ["dag-opt", "--verify-pipeline=report=" + out, path, "-o", prefix + ".out"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with open(out) as file:
        result = json.load(file)
    findings = [
        (f["code"], f["severity"], f["node"], f["message"])
        if mode == "nodes"
        else f["code"]
        for f in result["findings"]
    ]
    findings = sorted(findings if mode == "nodes" else set(findings))
    statuses = [(line["id"], line["status"]) for line in result["checklist"]]
    return result["verdict"], findings, statuses


subprocess.run(
    ["dag-translate", "--dag-to-dot", source, "-o", drawing] + sys.argv[4:], check=True
)
before, after = report(source), report(drawing)
codes = sorted({f[0] if mode == "nodes" else f for f in before[1]})
print(before[0], *codes)
if before != after:
    print("before:", before, "after:", after, sep="\n")
    sys.exit(1)
