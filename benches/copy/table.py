"""Results as text: a line a case while they come, and tables in Markdown."""

import platform

from goals import NANOSECONDS, verdicts
from measure import OURS


def in_nanoseconds(of_class):
    return any(need.against == NANOSECONDS for need in of_class.floors)


def number(value):
    """Three digits, or two."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def speed(of_class, case, nanoseconds):
    return number(nanoseconds if in_nanoseconds(of_class) else case.size / nanoseconds)


def unit(of_class):
    return "ns" if in_nanoseconds(of_class) else "GB/s"


def line(of_class, case, timed):
    """The case, ours, and how often that is as fast as each other."""
    ours = speed(of_class, case, timed.nanoseconds[OURS])
    others = [
        f"{number(ratio)} × {name} {speed(of_class, case, timed.nanoseconds[name])}"
        for name, ratio in timed.ratios.items()
    ]
    return f"  {case.name:<34} {ours:>7} {unit(of_class)}   " + "   ".join(f"{other:<22}" for other in others).rstrip()


def markdown(of_class, results):
    names = {name: None for _, timed in results for name in timed.ratios}
    rows = [["", OURS, *names], ["---"] * (len(names) + 2)]
    for case, timed in results:
        cells = [case.name, f"**{speed(of_class, case, timed.nanoseconds[OURS])}**"]
        for name in names:
            if name in timed.ratios:
                cells.append(f"{speed(of_class, case, timed.nanoseconds[name])} ({number(timed.ratios[name])} ×)")
            else:
                cells.append("")
        rows.append(cells)
    lines = [f"## {of_class.title}", "", f"{unit(of_class)}. {of_class.remark}".strip(), ""]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", *(f"- {verdict.text()}" for verdict in verdicts(of_class, results)), ""]
    return "\n".join(lines)


def processor():
    """Its name, and the vector instructions that matter here."""
    try:
        with open("/proc/cpuinfo") as cpuinfo:
            facts = dict(line.split(":", 1) for line in cpuinfo if ":" in line)
    except OSError:
        return platform.machine()
    facts = {name.strip(): value.strip() for name, value in facts.items()}
    vectors = [flag for flag in ("avx2", "avx512bw") if flag in facts.get("flags", "").split()]
    return ", ".join([facts.get("model name", platform.machine()), *vectors])


def introduction(peers, command):
    versions = ", ".join(f"{name} {version}" for name, version in peers.versions.items())
    return f"""# The speed of copies

Written by `{command}`, on {processor()}, CPython {platform.python_version()}, beside {versions}.
One thread, and one core for all of them.

Speeds are in 10^9 bytes of items a second, counted once; in brackets how many times as fast this
library is, which is the better figure of the two: what does the same work ran in turn, in the same
memory and process, and each number is a median over rounds. "NT copy" is a copy by streaming
stores, which pass the caches by. NumPy and OpenCV are called as Python calls them; all others from C.

![The mean speed of each class](copy-speed.svg)
"""


def not_there(peers):
    """What nothing could be measured beside, and why: a line for each reason."""
    reasons = {}
    for name, reason in peers.missing.items():
        reasons.setdefault(reason, []).append(name)
    return [f"without {', '.join(names)}: {reason}" for reason, names in reasons.items()]
