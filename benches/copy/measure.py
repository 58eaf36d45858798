"""How the copies are timed: in rounds, all that do the same work in turn in each, so that a drift
of the machine's speed meets them all. The time of a round is the least of several runs: what else
the machine does only adds. A figure is the median over the rounds, and so is a ratio, of those
within one round."""

import statistics
from dataclasses import dataclass

OURS = "libpybuf"


@dataclass
class Effort:
    rounds: int
    runs: int
    seconds: float  # that a run takes, unless one call takes longer


FULL = Effort(rounds=9, runs=3, seconds=0.007)
QUICK = Effort(rounds=3, runs=3, seconds=0.001)

# A call that takes longer than this needs none before it to warm up, and not so many runs.
LONG = 0.02
# And one that takes longer than this: so slow a peer is not a matter of a few percents.
SLOW = 0.25
SLOW_ROUNDS = 3


@dataclass
class Timed:
    """Nanoseconds a call of each operation, and how often ours is as fast."""

    nanoseconds: dict
    ratios: dict


def measure(operations, effort):
    """`operations`: {name: function that takes a number of calls, and returns the seconds}."""
    first = {name: _first(operation) for name, operation in operations.items()}
    times = {name: [] for name in operations}
    for index in range(effort.rounds):
        for name, operation in operations.items():
            if first[name] < SLOW or index < SLOW_ROUNDS:
                times[name].append(_round(operation, first[name], effort))
    ours = times[OURS]
    return Timed(
        {name: statistics.median(of_rounds) for name, of_rounds in times.items()},
        {
            name: statistics.median(theirs / our for theirs, our in zip(of_rounds, ours))
            for name, of_rounds in times.items()
            if name != OURS
        },
    )


def _first(operation):
    """Seconds of a call. The very first meets cold caches, and pages that nobody has touched."""
    once = operation(1)
    return once if once > SLOW else min(once, operation(1))


def _round(operation, first, effort):
    """Nanoseconds a call; `first` is what a call took before."""
    if first > LONG:
        return operation(1) * 1e9
    calls = max(1, int(effort.seconds / max(first, 1e-8)))
    # Streaming stores of the one before have put the memory out of the caches.
    operation(1)
    return min(operation(calls) for _ in range(effort.runs)) / calls * 1e9
