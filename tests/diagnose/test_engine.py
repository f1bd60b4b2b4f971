"""diagnose(): which rules run, what a faulty one costs, and how findings are tied together."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest
import recording_builders as make

from halfwave.diagnose import Finding, Rule, diagnose, rules
from halfwave.diagnose import causes as causes_module
from halfwave.diagnose import engine as engine_module
from halfwave.diagnose.causes import link_causes

NAMES = sorted(rules())


def test_rules_are_found_by_listing():
    assert {"dead-units", "learning-rate-too-high", "non-finite"} <= set(rules())
    assert list(rules()) == sorted(rules())
    for name, rule in rules().items():
        assert rule.name == name
        assert rule.summary
        assert not rule.summary.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_docstring_states_thresholds(name):
    module = import_module(f"halfwave.diagnose.rules.{name.replace('-', '_')}")
    text = module.__doc__ or ""
    assert text.startswith(f"``{name}``")
    assert "hreshold" in text
    assert "Definition" in text


def test_healthy_run_has_no_finding():
    assert diagnose(make.recording()) == ()


def ill():
    dead = make.site(training=make.kill(make.unit_statistics(), range(16)))
    return make.recording(sites=(dead,), losses=(make.loss([2.3] * 200),))


def test_select_and_ignore():
    both = {"dead-units", "loss-not-decreasing"}
    assert {f.rule for f in diagnose(ill())} == both
    assert {f.rule for f in diagnose(ill(), select=["dead-units"])} == {"dead-units"}
    assert {f.rule for f in diagnose(ill(), ignore=["dead-units"])} == {"loss-not-decreasing"}
    assert diagnose(ill(), select=["dead-units"], ignore=["dead-units"]) == ()
    assert {f.rule for f in diagnose(ill(), select="dead-units")} == {"dead-units"}


@pytest.mark.parametrize("option", ["select", "ignore"])
def test_unknown_name_is_refused_with_the_nearest(option):
    with pytest.raises(ValueError, match=r"no rule 'dead-unit'; the nearest are dead-units, .+, "):
        diagnose(make.recording(), **{option: ["dead-unit"]})


def test_a_faulty_rule_costs_its_own_answer_only(monkeypatch):
    def broken(recording):
        raise ZeroDivisionError("nothing to divide by")

    table = {**rules(), "broken": Rule("broken", "breaks", broken)}
    monkeypatch.setattr(engine_module, "rules", lambda: table)
    findings = diagnose(ill())
    assert {f.rule for f in findings} == {"dead-units", "loss-not-decreasing", "rule-failed"}
    assert findings[-1].severity == "info"
    assert findings[-1].evidence == {
        "rule": "broken",
        "error": "ZeroDivisionError: nothing to divide by",
    }


def chain_rules(links):
    """Rules a, b, c … where a rule explains those that follow its name."""

    def rule(name):
        return Rule(
            name, name, lambda r: (), explains=lambda r, m, o: o.rule in links.get(name, "")
        )

    return {name: rule(name) for name in "abcd"}


def linked(monkeypatch, links, severities):
    monkeypatch.setattr(causes_module, "rules", lambda: chain_rules(links))
    findings = [Finding(name, severity, name) for name, severity in severities.items()]
    return link_causes(make.recording(), findings)


def test_chain_is_a_chain(monkeypatch):
    flat = linked(
        monkeypatch, {"a": "bc", "b": "c"}, {"c": "error", "b": "warning", "a": "warning"}
    )
    assert [(f.rule, f.severity, f.cause) for f in flat] == [
        ("a", "error", ""),
        ("b", "error", "a"),
        ("c", "error", "b"),
    ]
    (b,) = flat[0].consequences
    assert [f.rule for f in b.consequences] == ["c"]


def test_a_circle_is_cut(monkeypatch):
    flat = linked(monkeypatch, {"a": "b", "b": "a"}, {"a": "error", "b": "warning"})
    assert sorted(f.rule for f in flat) == ["a", "b"]
    assert sum(1 for f in flat if not f.cause) == 1


def test_a_faulty_link_ties_nothing(monkeypatch):
    def broken(recording, mine, other):
        raise KeyError("no such figure")

    table = {name: Rule(name, name, lambda r: (), explains=broken) for name in "ab"}
    monkeypatch.setattr(causes_module, "rules", lambda: table)
    findings = [Finding("a", "error", "a"), Finding("b", "error", "b")]
    assert [f.cause for f in link_causes(make.recording(), findings)] == ["", ""]


def test_worst_first_and_by_confidence(monkeypatch):
    monkeypatch.setattr(causes_module, "rules", lambda: chain_rules({}))
    findings = [
        Finding("a", "info", "a"),
        Finding("b", "error", "b", confidence=0.2),
        Finding("c", "warning", "c"),
        Finding("d", "error", "d", confidence=0.9),
    ]
    assert [f.rule for f in link_causes(make.recording(), findings)] == ["d", "b", "c", "a"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"severity": "fatal"}, "'fatal'"), ({"confidence": 1.5}, "1.5"), ({"confidence": -1}, "-1")],
)
def test_finding_refuses_nonsense(changes, message):
    with pytest.raises(ValueError, match=message):
        Finding(**{"rule": "a", "severity": "info", "title": "a", **changes})


def test_brings_in_no_framework():
    code = (
        "import sys, halfwave.diagnose as d; d.rules();"
        "print([m for m in ('torch', 'jax', 'matplotlib', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
