"""When steps are watched, on a clock of our own."""

import pytest

from halfwave.observe.options import Options
from halfwave.observe.sampling import Sampler


def run(options, *, steps, step_time, cost, counting=0.0, suspects=False, light=None):
    """Play a run; return the watched steps and the seconds that watching took."""
    sampler, now, watched, spent = Sampler(options), 0.0, [0], 0.0
    window = "full"
    for step in range(1, steps + 1):
        now += step_time
        if watched[-1] == step - 1:
            price = cost if window == "full" else light
            now += price
            sampler.window_closed(price, window)
            if not sampler.dense:
                spent += price
        elif not sampler.may_watch(step, now):
            continue
        window = sampler.choose(step, candidates=suspects)
        if sampler.watch_next(step, now, counting * step, window):
            watched.append(step)
    return [step + 1 for step in watched if step < steps], spent, now


def test_the_first_steps_are_dense():
    watched, _, _ = run(Options(), steps=200, step_time=0.1, cost=0.01)
    assert watched[:10] == list(range(1, 11))


@pytest.mark.parametrize(("step_time", "cost"), [(0.01, 0.01), (0.1, 0.3), (0.002, 0.001)])
def test_a_long_run_stays_within_its_budget(step_time, cost):
    watched, spent, now = run(Options(budget=0.01), steps=20_000, step_time=step_time, cost=cost)
    assert spent <= 0.01 * now + 0.05
    assert len(watched) > 12


def test_a_short_run_is_watched_to_its_end_for_a_small_allowance():
    watched, spent, _ = run(Options(), steps=400, step_time=0.0005, cost=0.001)
    assert spent <= 0.05
    assert watched[-1] > 300


def test_an_expensive_step_gets_no_allowance():
    watched, _, _ = run(Options(), steps=40, step_time=0.1, cost=0.2)
    assert watched == list(range(1, 11))


def test_every():
    watched, _, _ = run(Options(budget=None, every=7), steps=60, step_time=0.1, cost=1.0)
    assert watched == [*range(1, 11), 15, 22, 29, 36, 43, 50, 57]


def test_max_steps():
    watched, _, _ = run(
        Options(budget=None, every=1, max_steps=25), steps=60, step_time=0.1, cost=0.1
    )
    assert watched == list(range(1, 26))
    watched, _, _ = run(Options(max_steps=4), steps=60, step_time=0.1, cost=0.1)
    assert watched == [1, 2, 3, 4]


def test_suspects_get_looks_of_their_own():
    alone, _, _ = run(Options(), steps=3000, step_time=0.01, cost=0.01)
    both, spent, now = run(
        Options(), steps=3000, step_time=0.01, cost=0.01, suspects=True, light=0.001
    )
    assert len(both) > 2 * len(alone)
    assert spent <= 0.01 * now + 0.05


def test_counting_that_uses_up_the_budget_leaves_a_part_of_it_for_looking():
    watched, spent, now = run(
        Options(budget=0.01), steps=100_000, step_time=0.0002, cost=0.001, counting=0.00001
    )
    # 0.4 of the budget, by clocks that are taken to tell half of what watching takes
    assert 0.0018 * now <= spent <= 0.0025 * now + 0.05
    assert watched[-1] > 95_000


@pytest.mark.parametrize(
    "wrong", [{"budget": 0.0}, {"budget": 1.5}, {"every": 0}, {"max_steps": 0}]
)
def test_wrong_options_are_refused_with_the_value(wrong):
    (value,) = wrong.values()
    with pytest.raises(ValueError, match=str(value)):
        Options(**wrong)


@pytest.mark.parametrize("suspects", [False, True])
def test_most_steps_are_not_thought_about(suspects, monkeypatch):
    thoughts = []
    think = Sampler.watch_next

    def counted(sampler, *args):
        thoughts.append(args)
        return think(sampler, *args)

    monkeypatch.setattr(Sampler, "watch_next", counted)
    for step_time in (0.0003, 0.01, 0.1):
        thoughts.clear()
        watched, _, _ = run(
            Options(),
            steps=6000,
            step_time=step_time,
            cost=0.001,
            counting=0.00004,
            suspects=suspects,
            light=0.0005,
        )
        assert len(thoughts) <= 5 * len(watched) + 20


def test_a_training_that_begins_later_is_watched_at_its_start():
    sampler = Sampler(Options())
    for step in range(1, 11):
        sampler.window_closed(0.5, "full")  # too much to be watched again soon
        sampler.watch_next(step, 0.01 * step, 0.0, "full")
    assert not sampler.dense
    assert not sampler.may_watch(11, 0.11)
    for beginning in range(8):
        assert sampler.begins_anew(0.2)  # the step that follows is watched, and two more
        answers = [
            sampler.may_watch(step, 0.2) and sampler.watch_next(step, 0.2, 0, "full")
            for step in range(12, 15)
        ]
        assert answers == [True, True, False], beginning
    assert not sampler.begins_anew(0.2)  # it has had its share


def test_many_short_trainings_are_not_all_watched_at_their_start():
    sampler = Sampler(Options())
    for step in range(1, 11):
        sampler.watch_next(step, 0.01 * step, 0.0, "full")
    now, begun = 0.1, 0
    for _ in range(8):
        if sampler.begins_anew(now):
            begun += 1
            for _ in range(3):
                sampler.window_closed(0.01, "full")
                sampler.watch_next(11, now, 0, "full")
        now += 0.05
    assert begun == 2  # so many in any case, more when a tenth of the run has paid for them
    assert sampler.begins_anew(100.0)


@pytest.mark.parametrize("options", [Options(budget=None, every=3), Options(max_steps=20)])
def test_where_the_steps_are_asked_for_none_are_added(options):
    sampler = Sampler(options)
    for step in range(1, 11):
        sampler.watch_next(step, 0.01 * step, 0.0, "full")
    assert not sampler.begins_anew(0.2)


def test_the_first_steps_are_dense_anyway():
    assert not Sampler(Options()).begins_anew(0.2)


@pytest.mark.parametrize("cost", [0.0005, 0.001, 0.002, 0.005, 0.01, 0.015])
def test_the_allowance_reaches_far_whatever_a_step_costs(cost):
    watched, spent, now = run(Options(), steps=8000, step_time=0.0005, cost=cost)
    assert spent <= 0.05 + 0.01 * now
    assert watched[-1] > 2000


def policy_asked_in_every_step(*, steps, step_time, cost):
    """Play a run with an evaluation before every step; return watched steps and evaluations."""
    sampler, now, watched, evaluated = Sampler(Options()), 0.0, [0], []
    for step in range(1, steps + 1):
        now += step_time
        if watched[-1] == step - 1:
            now += cost
            sampler.window_closed(cost, "full")
        elif sampler.may_evaluate(now):
            now += cost
            sampler.evaluation_closed(cost, now)
            evaluated.append(step)
        if sampler.may_watch(step, now):
            window = sampler.choose(step, candidates=False)
            if sampler.watch_next(step, now, 0.0, window):
                watched.append(step)
    return watched, evaluated


def test_evaluations_take_nothing_from_the_allowance_of_steps():
    watched, evaluated = policy_asked_in_every_step(steps=1500, step_time=0.001, cost=0.002)
    assert watched[-1] > 1000
    assert evaluated[-1] > 700
    assert len(evaluated) < 40
