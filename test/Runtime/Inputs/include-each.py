"""include-each.py INCLUDE FOLDER: a file in FOLDER for each header of the runtime
in INCLUDE that C can include, which includes nothing else."""

import pathlib
import sys

source, folder = map(pathlib.Path, sys.argv[1:])
found = 0
for header in sorted(source.glob("dag/Runtime/**/*.h")):
    text = header.read_text(encoding="utf-8")
    if "-*- C -*-" not in text.splitlines()[0]:
        continue
    name = header.relative_to(source)
    found += 1
    (folder / f"{header.stem}.c").write_text(
        f'#include "{name}"\nint main(void) {{ return 0; }}\n', encoding="utf-8"
    )
if found < 5:
    sys.exit(f"expected 5 headers or more, but found {found}")
