"""What copies, transposes and comparisons cost beside memcpy, a streaming copy and all that does
the same, in one run, with the floors and goals of each class.

Started by `cargo bench --bench copy -- OPTIONS`.
"""

import argparse
import os
import pathlib
import sys
import time

import chart
import lines
import moves
import scans
import table
from goals import verdicts
from measure import FULL, QUICK
from peers import Peers

CLASSES = [
    moves.contiguous,
    moves.wide,
    moves.narrow,
    moves.thousand,
    moves.in_cache,
    moves.permutations,
    moves.channels,
    lines.lines,
    lines.shuffle,
    scans.equality,
    scans.comparison,
    scans.search,
    scans.copies,
    moves.crates,
    moves.small,
]
DOCS = pathlib.Path(__file__).parents[2] / "docs"
# What people have written below it stays when the tables are written again.
BY_HAND = "<!-- What follows is written by hand. -->"


def options(keys):
    parser = argparse.ArgumentParser("cargo bench --bench copy --", description=__doc__.split("\n\n")[0])
    parser.add_argument("classes", nargs="*", metavar="CLASS", help=f"what to measure, by parts of names: {', '.join(keys)}")
    parser.add_argument("--quick", action="store_true", help="smaller sizes and fewer rounds: a few minutes")
    parser.add_argument("--all", action="store_true", help="beside XLA, Blosc2 and Rust crates, too")
    parser.add_argument("--write", action="store_true", help="write docs/copy-speed.md and docs/copy-speed.svg")
    chosen = parser.parse_args()
    for part in chosen.classes:
        if not any(part in key for key in keys):
            parser.error(f"no class has '{part}' in its name; there are {', '.join(keys)}")
    if chosen.write and chosen.classes:
        parser.error("what --write writes has all classes")
    return chosen


def measured(of_class, peers, effort):
    print(f"\n{of_class.key}: {of_class.title}", flush=True)
    results = []
    for case in of_class.cases:
        timed = case.make(peers).measure(effort)
        results.append((case, timed))
        print(table.line(of_class, case, timed), flush=True)
    for verdict in verdicts(of_class, results):
        print(f"  {verdict.text()}", flush=True)
    return results


def write(peers, all_results, command):
    file = DOCS / "copy-speed.md"
    below = file.read_text().partition(BY_HAND)[2] if file.exists() else "\n"
    parts = [table.introduction(peers, command)]
    parts += [table.markdown(of_class, results) for of_class, results in all_results]
    file.write_text("\n".join(parts) + "\n" + BY_HAND + below)
    (DOCS / "copy-speed.svg").write_text(chart.chart(all_results))
    print(f"\nwritten: {file.relative_to(DOCS.parent)} and copy-speed.svg beside it")


def stay_on_one_core():
    """Some peers have threads of their own, and no switch that turns all of them off."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def main():
    start = time.monotonic()
    stay_on_one_core()
    chosen = options([make(True).key for make in CLASSES])
    classes = [make(chosen.quick) for make in CLASSES]
    peers = Peers(chosen.all)
    print(f"{table.processor()}; " + ", ".join(f"{name} {version}" for name, version in peers.versions.items()))
    for without in table.not_there(peers):
        print(without)
    if chosen.quick:
        print("--quick: the sizes are smaller than those for which floors and goals are meant")

    asked = [each for each in classes if chosen.all or not each.with_all]
    if chosen.classes:
        asked = [each for each in asked if any(part in each.key for part in chosen.classes)]
    all_results = [(each, measured(each, peers, QUICK if chosen.quick else FULL)) for each in asked]
    missed = sum(verdict.missed for each, results in all_results for verdict in verdicts(each, results))
    print(f"\n{missed} floors and goals are missed; {time.monotonic() - start:.0f} s")
    if chosen.write:
        command = " ".join(["cargo bench --bench copy --", *sys.argv[1:]])
        write(peers, all_results, command)


main()
