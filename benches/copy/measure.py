"""How the copies are timed: in rounds, all that do the same work in turn in each, so that a drift
of the machine's speed meets them all. A figure is the median over the rounds, and so is a ratio,
of those within one round."""

import statistics
from dataclasses import dataclass

OURS = "libpybuf"


@dataclass
class Effort:
    rounds: int
    seconds: float  # that an operation takes in a round, unless one call takes longer


FULL = Effort(rounds=9, seconds=0.02)
QUICK = Effort(rounds=3, seconds=0.003)

# What takes longer than this for a call: a call before to warm up matters to nobody.
COLD = 0.05
# And than this: is what is compared with, and not what a difference of percents matters to.
SLOW = 0.25
SLOW_ROUNDS = 3


@dataclass
class Timed:
    """Nanoseconds a call of each operation, and how often ours is as fast."""

    nanoseconds: dict
    ratios: dict


def measure(operations, effort):
    """`operations`: {name: function that takes a number of calls, and returns the seconds}."""
    # The first call meets cold caches, and pages that nobody has touched.
    first = {name: min(operation(1), operation(1)) for name, operation in operations.items()}
    calls = {name: max(1, int(effort.seconds / max(time, 1e-8))) for name, time in first.items()}
    times = {name: [] for name in operations}
    for index in range(effort.rounds):
        for name, operation in operations.items():
            if first[name] > SLOW and index >= SLOW_ROUNDS:
                continue
            # Streaming stores of the one before have put the memory out of the caches.
            if first[name] < COLD:
                operation(max(1, calls[name] // 10))
            times[name].append(operation(calls[name]) / calls[name] * 1e9)
    ours = times[OURS]
    return Timed(
        {name: statistics.median(of_rounds) for name, of_rounds in times.items()},
        {
            name: statistics.median(theirs / our for theirs, our in zip(of_rounds, ours))
            for name, of_rounds in times.items()
            if name != OURS
        },
    )
