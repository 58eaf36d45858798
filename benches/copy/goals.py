"""Classes of cases with what is asked of each, and whether it is met.

A floor is met where no case is below it, with 5 % allowed for the noise of medians; a goal where
the geometric mean of the cases reaches it.
"""

import statistics
from dataclasses import dataclass, field

from measure import OURS
from peers import LIMITS

TOLERANCE = 0.95
BEST = "best peer"
NANOSECONDS = "ns"


@dataclass
class Need:
    """So many times as fast as `against`; or, against NANOSECONDS, no more of them. Asked of the
    cases with the tag `only`."""

    number: float
    against: str
    only: str = ""

    def text(self):
        if self.against == NANOSECONDS:
            return f"{self.number:g} ns" + (f" ({self.only})" if self.only else "")
        return f"{self.number:g} × {self.against}" + (f" ({self.only})" if self.only else "")

    def of(self, case, timed):
        """What this case reaches; None where it is not asked, or the peer is not there."""
        if self.only and self.only not in case.tags:
            return None
        if self.against == NANOSECONDS:
            return timed.nanoseconds[OURS]
        if self.against == BEST:
            return min((ratio for name, ratio in timed.ratios.items() if name not in LIMITS), default=None)
        return timed.ratios.get(self.against)


@dataclass
class Class:
    key: str
    title: str
    cases: list
    floors: list = field(default_factory=list)
    goals: list = field(default_factory=list)
    remark: str = ""
    with_all: bool = False  # its peers are there when asked for, and without them it says nothing


@dataclass
class Verdict:
    kind: str
    need: Need
    reached: float = None  # None: nothing to compare with was there
    at: str = ""
    missed: bool = False
    by: str = ""

    def text(self):
        if self.reached is None:
            return f"{self.kind} {self.need.text()}: not measured"
        reached = f"{self.reached:.2f}" if self.reached < 10 else f"{self.reached:.0f}"
        return f"{self.kind} {self.need.text()}: {reached}{self.at}, {f'MISSED{self.by}' if self.missed else 'met'}"


def verdicts(of_class, results):
    """`results`: pairs of case and Timed."""
    return [_floor(need, results) for need in of_class.floors] + [_goal(need, results) for need in of_class.goals]


def _reached(need, results):
    each = [(need.of(case, timed), case.name) for case, timed in results]
    return [(reached, name) for reached, name in each if reached is not None]


def _floor(need, results):
    reached = sorted(_reached(need, results), reverse=need.against == NANOSECONDS)
    if not reached:
        return Verdict("floor", need)
    if need.against == NANOSECONDS:
        missing = sum(number * TOLERANCE > need.number for number, _ in reached)
    else:
        missing = sum(number < need.number * TOLERANCE for number, _ in reached)
    worst, name = reached[0]
    return Verdict("floor", need, worst, f" ({name})", missing > 0, f" by {missing} of {len(reached)}")


def _goal(need, results):
    reached = [number for number, _ in _reached(need, results)]
    if not reached:
        return Verdict("goal", need)
    mean = statistics.geometric_mean(reached)
    met = mean <= need.number if need.against == NANOSECONDS else mean >= need.number
    return Verdict("goal", need, mean, "", not met)
