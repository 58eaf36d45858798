"""Generated sequences of what `View` does with dimensions, on a View and on something that can say
what should come out: a NumPy array, or CPython's reference exporter.

An operation draws what it needs and returns a description and what it does on each side.
"""

import random


class Chance(random.Random):
    """Random numbers, and what is drawn with them."""

    def pick(self, of):
        return of[int(self.random() * len(of))]

    def below(self, limit):
        return int(self.random() * limit)

    def odds(self, probability):
        return self.random() < probability

    def bound(self, length):
        return None if self.odds(0.35) else self.below(2 * length + 5) - length - 2

    def slice(self, length):
        return slice(self.bound(length), self.bound(length), self.pick([None, None, 1, 2, 3, -1, -1, -2]))

    def index(self, length):
        """One that is there, in most cases."""
        return self.below(2 * length) - length if length and self.odds(0.97) else length

    def key(self, shape):
        """For some dimensions or for all: slices, numbers, an ellipsis, new axes."""
        shape, cut = list(shape), self.below(len(shape) + 1) if self.odds(0.5) else len(shape)
        dims = shape[:cut]
        behind = shape[len(shape) - self.below(len(shape) - cut + 1) :] if self.odds(0.3) else None
        keys = list(map(self.part, dims))
        if behind is not None and cut + len(behind) <= len(shape):
            keys += [..., *map(self.part, behind)]
        if self.odds(0.15):
            keys.insert(self.below(len(keys) + 1), None)
        return keys[0] if len(keys) == 1 and self.odds(0.5) else tuple(keys)

    def part(self, length):
        return self.slice(length) if self.odds(0.7) else self.index(length)

    def slices(self, shape):
        """One for each dimension."""
        return tuple(map(self.slice, shape))

    def axes(self, ndim):
        return self.sample(range(ndim), ndim)

    def divided(self, count):
        """A shape for so many items."""
        if count == 0:
            return self.sample([0, *self.choices([1, 2, 3], k=self.below(3))], k=1) + [2] * self.below(2)
        shape = []
        while count > 1 and len(shape) < 4:
            divisor = self.pick([each for each in range(1, count + 1) if count % each == 0])
            shape.append(divisor)
            count //= divisor
        shape += [count] * (count > 1) + [1] * self.odds(0.2)
        self.shuffle(shape)
        return shape

    def broader(self, shape):
        """What a shape can be broadcast to, in most cases."""
        wide = [self.pick([1, 2, 3]) if length == 1 else length for length in shape]
        front = [self.pick([0, 1, 2]) for _ in range(self.below(3))]
        if self.odds(0.1) and wide:
            wide[self.below(len(wide))] += 1
        return [*front, *wide]


class Sequence:
    """One sequence on a pair of sides. A subclass says what operations there are, by weight."""

    OPERATIONS = {}

    def __init__(self, number, name, ours, theirs):
        self.name = name
        self.chance = Chance(number)
        self.pairs = [(ours, theirs)]

    def run(self, count):
        """The first difference, as text; None if there is none."""
        operations, weights = list(self.OPERATIONS), list(self.OPERATIONS.values())
        difference = self.differs("made", *self.pairs[0])
        for operation in self.chance.choices(operations, weights, k=count):
            if difference:
                break
            ours, theirs = self.chance.pick(self.pairs[-2:])
            difference = operation(self, ours, theirs)
        # What was written through one view shows in all of them.
        for number, pair in enumerate(self.pairs):
            difference = difference or self.differs(f"view {number} at the end", *pair)
        return difference

    def derive(self, what, ours, theirs):
        """Makes a view of each: both succeed, or neither; returns a difference."""
        made = [outcome(work) for work in (ours, theirs)]
        failed = [isinstance(one, Exception) for one in made]
        if any(failed):
            alike = all(failed) and isinstance(made[0], (IndexError, ValueError, TypeError, BufferError))
            alike = alike and isinstance(made[0], IndexError) == isinstance(made[1], IndexError)
            return None if alike else f"{what}: {made!r}"
        if not self.is_view(made[0]):
            return self.differ_in(what, made[0], self.scalar(made[1]))
        self.pairs.append(tuple(made))
        return self.differs(what, *made)

    def differ_in(self, what, ours, theirs):
        return None if repr(ours) == repr(theirs) else f"{what}: {ours!r} and not {theirs!r}"

    def differs(self, what, ours, theirs):
        facts = [outcome(lambda side=side: self.facts(side)) for side in (ours, theirs)]
        return self.differ_in(what, *facts)


def outcome(work):
    try:
        return work()
    except Exception as exception:
        return exception
