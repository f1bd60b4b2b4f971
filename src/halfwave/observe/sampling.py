"""When to watch: the first steps densely, then as often as the budget pays for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from halfwave.observe.options import Options

__all__ = ["Sampler", "Window"]

#: What is looked at: everything, or only units that have not been seen open for long;
#: or an evaluation between two steps.
Window = Literal["full", "light", "evaluation"]

# a watched step may cost more than the last ones: the estimate leans to caution
_MARGIN = 1.1
# a run too short for its share may be watched all the same for so many seconds, and so
# large a share; how much further than the last watched step the next one then lies, at the
# least and at the most: what is left of the allowance is to reach so many times as far
_ALLOWANCE, _SHORT, _REACH = 0.05, 0.1, 30.0
_SPACING: dict[Window, float] = {"full": 1.25, "light": 1.04}
_WIDEST = 4.0
# trainings that begin later in a run, with an optimizer of their own: so many of them are watched
# for so many steps, the first of them whatever it costs, more while the run pays for it; that is
# made up for later
_BEGINNINGS, _BEGINNING, _FREELY = 8, 3, 2
# evaluations that are watched whatever they cost; of the budget, what the others may take; how
# much later than the last one the next is watched in a run that is too short for its share
_FIRST_EVALUATIONS, _FOR_EVALUATIONS, _LATER = 2, 0.25, 1.25
# counting steps and losses can't be left out; of the budget, so much is kept for looking
_KEPT = 0.4
# what watching takes, as a multiple of what its own clocks tell: what torch does for a mode, and
# what we push out of the caches, they do not see. Where every step is watched it is up to 1.5
# (benchmarks/overhead/steps.py); where few are, they find nothing of ours in the caches
_REAL = 2.0
_NEVER = 1 << 62


class Sampler:
    """Decides at the end of each step whether, and how, the next one is watched.

    All times are seconds of one clock. What is `spent` goes by the watcher's
    own measure: `looking` of it in windows, the rest for counting steps and losses.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self.start: float | None = None  # when the dense steps ended
        self.looking = 0.0  # since then
        self._by_window: dict[Window, float] = {"full": 0.0, "light": 0.0}
        self._estimate: dict[Window, float] = {"full": 0.0, "light": 0.0}
        self._next_time = self._not_before = 0.0  # when time, when a step may be reason to watch
        self._evaluations, self._next_evaluation = 0, 0.0
        self._evaluating = 0.0  # of the looking; it takes nothing from the steps' allowance
        self._evaluated_at = self._evaluated = 0.0  # when the last ended, what all have taken
        self._next_step: dict[Window, int] = {"full": 0, "light": 0}
        self._beginnings = self._beginning = 0  # trainings begun, steps to be watched of the last

    @property
    def dense(self) -> bool:
        """Whether the first, densely watched steps are still going on."""
        return self.start is None

    @property
    def spacing_is_fixed(self) -> bool:
        """Whether the budget has no say in which steps are watched."""
        return self._options.every is not None or self._options.budget is None

    @property
    def takes_all(self) -> bool:
        """Whether all steps are watched from now on."""
        options = self._options
        all_of_them = options.every == 1 or (options.every is None and options.budget is None)
        return all_of_them and options.max_steps is None and not self.dense

    def may_watch(self, steps: int, now: float) -> bool:
        """Whether the step after `steps` needs to be thought about at all; costs nothing."""
        every = self._options.every
        if every is not None and not self.dense:
            return steps % every == 0
        if self._beginning:
            return True
        if now >= self._next_time:
            return True
        return now >= self._not_before and steps >= min(self._next_step.values())

    def begins_anew(self, now: float) -> bool:
        """Whether a training that begins now, behind another one, is to be watched at once."""
        if self.start is None or self.spacing_is_fixed or self._options.max_steps is not None:
            return False
        if self._beginnings >= _BEGINNINGS:
            return False
        if self._beginnings >= _FREELY and self.looking > _SHORT * (now - self.start):
            return False
        self._beginnings += 1
        self._beginning = _BEGINNING - 1
        return True

    def may_evaluate(self, now: float) -> bool:
        """Whether an evaluation that begins now is to be watched."""
        options = self._options
        if options.every is not None or options.budget is None:
            return True
        if self._evaluations < _FIRST_EVALUATIONS or now >= self._next_evaluation:
            return True
        # a run too short for its share, as with steps
        taken = self._evaluated * (1 + 1 / self._evaluations)
        began = now if self.start is None else self.start
        if now - began < _LATER * (self._evaluated_at - began):
            return False  # a policy is asked at every step
        return taken <= min(_ALLOWANCE, _SHORT * (now - began))

    def evaluation_closed(self, cost: float, now: float) -> None:
        """Learn from what a watched evaluation has cost."""
        self._evaluations += 1
        self._evaluated += cost
        self._evaluated_at = now
        if self.start is not None:
            self.looking += cost
            self._evaluating += cost
        if self._options.budget:
            budget = self._options.budget * _FOR_EVALUATIONS / _REAL
            self._next_evaluation = now + cost / budget

    def window_closed(self, cost: float, window: Window) -> None:
        """Learn from what a watched step has cost."""
        known = self._estimate[window]
        if known == 0 or cost < known:
            self._estimate[window] = cost
        else:
            self._estimate[window] += 0.3 * (cost - known)
        if self.start is not None:
            self.looking += cost
            self._by_window[window] += cost

    def choose(self, steps: int, *, candidates: bool) -> Window:
        """Say what the next window looks at: with candidates both kinds get equal time."""
        if not candidates or self.dense or self._options.every or self._options.budget is None:
            self._next_step["light"] = _NEVER
            return "full"
        if self._next_step["light"] == _NEVER:
            self._next_step["light"] = steps
        if steps >= self._next_step["full"]:
            return "full"
        if self._by_window["light"] < self._by_window["full"]:
            return "light"
        self._next_step["light"] = self._next_step["full"]  # it has had its time
        return "full"

    def watch_next(self, steps: int, now: float, counting: float, window: Window) -> bool:
        """Whether the step after the `steps` that are done is to be watched.

        `counting` is what was spent outside windows since the dense steps.
        """
        options = self._options
        if steps < min(options.dense, options.max_steps or options.dense):
            return True
        if self.start is None:
            self.start = now
            self._next_step["full"] = int(steps * _SPACING["full"])
        if options.max_steps is not None and steps >= options.max_steps:
            self._give_up_steps()
            self._next_time = float("inf")
            return False
        if options.every is not None:
            return steps % options.every == 0
        if options.budget is None:
            return True
        if self._beginning:
            self._beginning -= 1
            return True
        return self._affordable(steps, now, counting, window, options.budget)

    def _give_up_steps(self) -> None:
        self._next_step = {"full": _NEVER, "light": _NEVER}

    def _affordable(
        self, steps: int, now: float, counting: float, window: Window, budget: float
    ) -> bool:
        assert self.start is not None  # noqa: S101 – set by the caller
        cost = (self._estimate[window] or self._estimate["full"] / 4) * _MARGIN
        wanted = self.looking + cost
        # looking + counting <= budget * time, but looking may always have its kept part
        budget /= _REAL
        self._next_time = self.start + min((wanted + counting) / budget, wanted / (budget * _KEPT))
        if now < self._next_time:
            taken = wanted - self._evaluating
            if taken > _ALLOWANCE:
                self._give_up_steps()
            if steps < self._next_step[window]:
                return False
            if taken > _SHORT * (now - self.start):
                # a full one that is due goes before a light one: that has to wait as well
                self._not_before = self.start + taken / _SHORT
                return False
        if self._next_step[window] != _NEVER:
            left = max(_ALLOWANCE - wanted + self._evaluating, cost)
            spacing = max(_SPACING[window], min(_REACH ** (cost / left), _WIDEST))
            self._next_step[window] = int(steps * spacing) + 1
        return True
