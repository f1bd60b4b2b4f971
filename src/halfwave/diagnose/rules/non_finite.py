"""``non-finite``: a NaN or an infinity in a loss, an output or a gradient.

Definition
    Losses are checked in every step, so the step of a loss is exact. Sites and
    gradients are checked in the sampled steps: where the steps before were not
    sampled, an interval is named, from the last step known to be finite to the
    first known not to be. Where the operation that made the first of them was
    found (`Recording.breakdown`), it is named, with its line, its cause and the
    remedy for that cause. Else the site named is the first of the forward pass in
    the earliest such step; if its *input* was already non-finite, the origin
    lies before it, and the finding says so. Infinities among a site's inputs
    alone are no fault: attention is masked with them.

Thresholds
    One element is enough. Error when the loss was non-finite and the last loss
    still is, or when the script failed at a loss of probabilities that was given
    a NaN; warning when it recovered, or when outputs were non-finite and
    every loss finite; info for the latter at an attention or output site,
    where masked rows may be meant. A gradient that was non-finite while every
    loss stayed finite is reported (warning) only if it was so in a fifth of
    the samples and in the last one: a gradient scaler skips single such steps
    by design (Micikevicius et al., "Mixed precision training", ICLR 2018).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from halfwave.diagnose.cures import cure_for
from halfwave.diagnose.curves import peak_of, rate_at
from halfwave.diagnose.finding import Figure, Finding, Severity
from halfwave.diagnose.onset import Onset, first_gradient, first_site, lasts, steps_of
from halfwave.diagnose.places import place, site_name
from halfwave.diagnose.registry import Rule
from halfwave.diagnose.updates import lower_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from halfwave.recording.facts import Breakdown
    from halfwave.recording.model import Loss, Parameter, Recording, Site

__all__ = ["GRADIENT_SHARE", "RULE"]

GRADIENT_SHARE = 0.2


def check(recording: Recording) -> Iterator[Finding]:
    """One finding for the run: where it began. Another for what evaluation alone saw."""
    loss = _first_loss(recording)
    site = first_site(recording)
    gradient = first_gradient(recording)
    if recording.breakdown is not None and loss is not None:
        yield _at_producer(recording, recording.breakdown, loss)
    elif loss is None and site is None and gradient is not None:
        if lasts(gradient[1].samples, GRADIENT_SHARE):
            yield _in_gradient(recording, *gradient)
    elif site is not None and (
        loss is None or loss.first_nonfinite is None or site[0].by <= loss.first_nonfinite
    ):
        yield _in_site(recording, *site, loss)
    elif loss is not None:
        yield _in_loss(recording, loss, site, gradient)
    if loss is None and site is None:
        yield from _in_evaluation(recording)


def _first_loss(recording: Recording) -> Loss | None:
    bad = [loss for loss in recording.losses if loss.first_nonfinite is not None]
    return min(bad, key=lambda loss: loss.first_nonfinite or 0, default=None)


def _severity(loss: Loss | None, site: Site | None, *, refused: bool = False) -> Severity:
    if loss is not None:
        return "warning" if loss.last is not None and math.isfinite(loss.last) else "error"
    if refused:
        return "error"
    return "info" if site is not None and site.role in {"attention", "output"} else "warning"


def _refused(recording: Recording) -> bool:
    """Whether the script failed at a loss that takes probabilities: NaN is none."""
    return "should be between 0 and 1" in (recording.info.error or "")


def _at_producer(recording: Recording, breakdown: Breakdown, loss: Loss) -> Finding:
    step, cause = breakdown.step, breakdown.cause or f"{breakdown.phase} made it"
    if breakdown.figures.get("dtype") == "float16" and cause.startswith("overflow"):
        cause += " in float16"
    where = place(recording, breakdown.file, breakdown.line)
    cure = cure_for(breakdown)
    in_words = {
        "input": "in the data",
        "parameter": "in a parameter",
        "forward": "in the forward pass",
        "backward": "in the backward pass",
        "update": "in the optimizer's step",
    }.get(breakdown.phase, "")
    grew = _grew(loss)
    advice = [f"At {where}, {cure}." if where else f"{cure[0].upper()}{cure[1:]}."] if cure else []
    if grew or not cure:
        advice.append(_remedy(recording, step))
    return Finding(
        rule=RULE.name,
        severity=_severity(loss, None),
        title=f"{cause} at step {step:,}, {in_words}"
        + (f", near {breakdown.path}" if breakdown.path else "")
        + ": from there on the loss is NaN or infinite"
        + ("" if breakdown.exact else " (concluded from the step before)"),
        sites=(breakdown.path,) if breakdown.path else (),
        where=where or place(recording, loss.file, loss.line),
        evidence={
            "step": step,
            "phase": breakdown.phase,
            "operation": breakdown.operation,
            "cause": cause,
            **breakdown.figures,
            **_loss_figures(loss),
        },
        why=_why(loss),
        advice=" ".join(advice),
        confidence=0.95 if breakdown.exact else 0.8,
    )


def _grew(loss: Loss) -> bool:
    """Whether the loss rose tenfold before it was lost: then it overflowed on its way up."""
    first = loss.first
    return first is not None and math.isfinite(first) and peak_of(loss) > 10 * abs(first)


def _in_site(recording: Recording, onset: Onset, site: Site, loss: Loss | None) -> Finding:
    row = site.samples[site.samples["nonfinite"] > 0][0]
    earlier = bool(row["input_nonfinite"] > 0)
    name = site_name(recording, site)
    when = steps_of(onset)
    producer = f" ({site.producer})" if site.producer else ""
    if earlier:
        title = f"NaN or infinity enters {name} {when}: it was made before this site"
        look = f"what feeds this site{producer}: its inputs, its weights, and the data of that step"
    else:
        title = f"{name} turns finite inputs into NaN or infinity {when}"
        look = f"the inputs of {site.activation} here, which overflow in {site.dtype or 'its type'}"
    return Finding(
        rule=RULE.name,
        severity=_severity(loss, site, refused=_refused(recording)),
        title=title,
        sites=(site.path,),
        site_ids=(site.id,),
        where=place(recording, site.file, site.line),
        evidence={
            **_span(onset),
            "elements": float(row["nonfinite"]),
            "input_elements": float(row["input_nonfinite"]),
            **_loss_figures(loss),
        },
        why=_why(loss),
        advice=f"Look at {look}. {_remedy(recording, onset.by)}",
        confidence=0.95 if onset.exact else 0.8,
    )


def _in_loss(
    recording: Recording,
    loss: Loss,
    site: tuple[Onset, Site] | None,
    gradient: tuple[Onset, Parameter] | None,
) -> Finding:
    step = loss.first_nonfinite or 0
    watched = [
        s for s in recording.sites if bool((_covers(s, step) & (s.samples["nonfinite"] == 0)).any())
    ]
    evidence: dict[str, Figure] = {"step": step, **_loss_figures(loss)}
    sites: tuple[str, ...] = ()
    where = place(recording, loss.file, loss.line)
    advice = ""
    if gradient is not None and gradient[0].by < step:
        onset, parameter = gradient
        evidence.update(gradient_after_step=onset.after or 0)
        evidence.update(gradient_by_step=onset.by)
        sites = (parameter.name,)
        detail = f"after the gradient of {parameter.name} was so {steps_of(onset)}"
        advice = (
            "The backward pass came first: look for a slope that is infinite or 0/0 there (sqrt,"
            " norm or pow at 0, division by a vanishing number)."
        )
    elif watched:
        evidence["finite_sites_in_that_step"] = len(watched)
        detail = "while the sites watched in that step were finite"
        advice = (
            "It was made after the last site: look at the loss function (log of 0, division by 0,"
            " exp that overflows; prefer the forms that take logits) and at the layers before it."
        )
    elif site is not None:
        onset, first = site
        evidence.update(_span(onset))
        sites, where = (first.path,), place(recording, first.file, first.line)
        detail = f"and {site_name(recording, first)} {steps_of(onset)}"
        advice = (
            f"No site was watched in step {step:,}, so which came first is unknown; run with"
            " --every 1 to find the origin."
        )
    else:
        detail = "and no site was watched in that step: the origin is unknown"
        advice = "Run with --every 1 to find the origin."
    return Finding(
        rule=RULE.name,
        severity=_severity(loss, None),
        title=f"the loss is NaN or infinite from step {step:,} on, {detail}"
        if _severity(loss, None) == "error"
        else f"the loss was NaN or infinite at step {step:,}, {detail}",
        sites=sites,
        where=where,
        evidence=evidence,
        why=_why(loss),
        advice=f"{advice} {_remedy(recording, step)}",
        confidence=0.95,
    )


def _in_gradient(recording: Recording, onset: Onset, parameter: Parameter) -> Finding:
    return Finding(
        rule=RULE.name,
        severity="warning",
        title=f"the gradient of {parameter.name} is NaN or infinite {steps_of(onset)},"
        " though every loss is finite",
        sites=(parameter.name,),
        evidence={
            **_span(onset),
            "share_of_samples": round(float((parameter.samples["nonfinite"] > 0).mean()), 4),
            "threshold": GRADIENT_SHARE,
        },
        why="A step with such a gradient destroys the weights, unless a gradient scaler skips it;"
        " then nothing is learnt.",
        advice="Look for a slope that is infinite or 0/0 (sqrt, norm or pow at 0, division by a"
        f" vanishing number). {_remedy(recording, onset.by)}",
        confidence=0.8,
    )


def _in_evaluation(recording: Recording) -> Iterator[Finding]:
    for site in sorted(recording.sites, key=lambda s: s.order):
        bad = 0.0 if site.evaluation is None else float(site.evaluation.nonfinite.sum())
        if bad > 0 and site.role not in {"attention", "output"}:
            yield Finding(
                rule=RULE.name,
                severity="warning",
                title=f"{site_name(recording, site)} gives NaN or infinity in evaluation",
                sites=(site.path,),
                site_ids=(site.id,),
                where=place(recording, site.file, site.line),
                evidence={"elements": bad},
                why="What is computed from it is NaN too; in training it did not appear.",
                advice="Look at the evaluation data, and at what training does differently here.",
                confidence=0.8,
            )
            return


def _covers(site: Site, step: int):
    return (site.samples["first_step"] <= step) & (site.samples["last_step"] >= step)


def _span(onset: Onset) -> dict[str, Figure]:
    if onset.exact:
        return {"step": onset.by}
    return {"after_step": onset.after or 0, "by_step": onset.by}


def _loss_figures(loss: Loss | None) -> dict[str, Figure]:
    if loss is None or loss.first_nonfinite is None:
        return {}
    return {
        "loss_step": loss.first_nonfinite,
        "nonfinite_losses": int(loss.samples["nonfinite"].sum()),
    }


def _why(loss: Loss | None) -> str:
    if loss is None:
        return "The losses stayed finite, so it was masked out or not used; that is easily lost."
    if loss.last is not None and math.isfinite(loss.last):
        return "The loss recovered, so the weights were spared; the next time they may not be."
    return "From there on every weight it reaches is NaN, and the run cannot recover."


def _remedy(recording: Recording, step: int) -> str:
    change = lower_rate(rate_at(recording, step))
    return f"If the loss rose before: {change}, or clip the gradient's norm."


RULE = Rule(
    name="non-finite",
    summary="a NaN or an infinity in a loss, an output or a gradient, and where it began",
    check=check,
)
