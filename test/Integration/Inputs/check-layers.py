#!/usr/bin/env python3
"""check-layers.py SOURCE

Holds the order of the libraries in SOURCE/lib/CMakeLists.txt: a library links
only to those before it, and to each whose headers it includes. One of the
runtime links to such ones alone and includes nothing of LLVM or MLIR. Prints
what breaks it, one line each, and then exits with 1.
"""

import os
import re
import sys


class Library:
    def __init__(self, name, folder, rank, sources, links):
        self.name, self.folder, self.rank = name, folder, rank
        self.sources, self.links = sources, links


def read(path):
    with open(path, encoding="utf-8") as file:
        return re.sub(r"#.*", "", file.read()) if path.endswith(".txt") else file.read()


def find_libraries(source):
    """All libraries, by folder and by name; later folders have higher ranks."""
    libraries = []
    order = re.findall(
        r"add_subdirectory\(([^)]+)\)", read(os.path.join(source, "lib/CMakeLists.txt"))
    )
    for rank, folder in enumerate(order):
        text = read(os.path.join(source, "lib", folder, "CMakeLists.txt"))
        for runtime, arguments in re.findall(
            r"add_dag_(runtime_)?library\(([^)]+)\)", text
        ):
            name, *words = arguments.split()
            section, sections = "SOURCES", {}
            for word in words:
                if word in ("LINK_LIBS", "PROVIDES", "DEPENDS", "NO_INSTALL"):
                    section = word
                else:
                    sections.setdefault(section, []).append(word)
            libraries.append(
                Library(
                    name,
                    folder,
                    rank,
                    sections.get("SOURCES", []),
                    sections.get("LINK_LIBS", []),
                )
            )
            libraries[-1].provides = sections.get("PROVIDES", [])
            libraries[-1].is_runtime = bool(runtime)
    return libraries


def find_owner(libraries, header):
    """The library that a header of include/dag belongs to: that of the longest
    folder; a header on top is that of the source file of its name."""
    folder, name = os.path.split(header)
    stem = os.path.splitext(name)[0]
    if not folder:
        found = [l for l in libraries if stem + ".cpp" in l.sources]
        return found[0] if found else None
    found = None
    for library in libraries:
        if (folder + "/").startswith(library.folder + "/"):
            if not found or len(library.folder) > len(found.folder):
                found = library
    if not found:
        # include/dag/Interfaces/CostOpInterface.h of lib/Interfaces/Cost.
        for library in libraries:
            parent, subject = os.path.split(library.folder)
            if parent == folder and stem.startswith(subject):
                found = library
    return found


def find_files(source, libraries):
    """The files of each library, private and public."""
    for top in ("lib", "include/dag"):
        for folder, _, names in os.walk(os.path.join(source, top)):
            for name in sorted(names):
                if not name.endswith((".cpp", ".h", ".td")):
                    continue
                path = os.path.join(folder, name)
                inside = os.path.relpath(path, os.path.join(source, top))
                yield path, find_owner(libraries, inside)


def main(source):
    libraries = find_libraries(source)
    by_name = {library.name: library for library in libraries}
    faults = []
    for library in libraries:
        for link in library.links:
            # The lists of what is registered: all of it stands before.
            if link.startswith("${"):
                links = [l.name for l in libraries if l.provides]
                library.links = library.links + links
    for library in libraries:
        for link in library.links:
            if link in by_name and by_name[link].rank >= library.rank:
                faults.append(f"lib/{library.folder}: {library.name} links up to {link}")
            if library.is_runtime and not (link in by_name and by_name[link].is_runtime):
                faults.append(f"lib/{library.folder}: {library.name} of the runtime links {link}")
    for path, library in find_files(source, libraries):
        place = os.path.relpath(path, source)
        if not library:
            faults.append(f"{place}: belongs to no library")
            continue
        if library.is_runtime:
            for header in re.findall(r'^#include ["<]((?:llvm|mlir)[-/][^">]+)', read(path), re.M):
                faults.append(f"{place}: {library.name} of the runtime includes {header}")
        for header in re.findall(r'^#?include "dag/([^"]+)"', read(path), re.M):
            header = header.removesuffix(".inc")
            owner = find_owner(libraries, header)
            if not owner:
                faults.append(f"{place}: dag/{header} belongs to no library")
            elif owner.rank > library.rank:
                faults.append(f"{place}: {library.name} includes dag/{header} of {owner.name} above it")
            elif owner is not library and owner.name not in library.links:
                faults.append(f"{place}: {library.name} includes dag/{header}, but does not link {owner.name}")
    print(f"{len(libraries)} libraries")
    print("\n".join(sorted(faults)))
    return bool(faults)


sys.exit(main(sys.argv[1]))
