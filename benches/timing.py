"""How the benchmarks time: in several rounds, all operations in turn in each, so that a drift
of the machine's speed meets them all. The figure is the median over the rounds."""

import statistics


def nanoseconds(operations, rounds, calls):
    """{name: median nanoseconds a call} for functions that take a number of calls, and return
    the seconds that these took."""
    times = {name: [] for name in operations}
    for _ in range(rounds):
        for name, operation in operations.items():
            times[name].append(operation(calls) / calls * 1e9)
    return {name: statistics.median(of_rounds) for name, of_rounds in times.items()}


def table(title, operations, against, rounds=15, calls=200_000):
    """Prints nanoseconds, and the ratio to the operation named `against`."""
    times = nanoseconds(operations, rounds, calls)
    print(f"  {title}")
    for name, time in times.items():
        print(f"    {name:<38} {time:8.1f} ns   {time / times[against]:5.2f} x {against}")
