"""What to write in place of an operation that made a NaN or an infinity."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from halfwave.recording.facts import Breakdown

__all__ = ["cure_for"]

_LOGITS = (
    "take the log of a softmax or sigmoid in one go (F.log_softmax, F.logsigmoid, or a loss that"
    " takes logits: F.cross_entropy, F.binary_cross_entropy_with_logits)"
)
_NOT_IN_HALF = (
    "keep the parameters in float32 (no model.half()) and have torch.autocast compute in half"
    " precision, with a torch.amp.GradScaler; or use bfloat16: in float16 an optimizer's eps of"
    " 1e-8 is 0, and so is the square of a gradient below 2e-4, by which Adam divides"
)
_NORMALISED = (
    "float16 ends at 65,504, and data that is finite is infinite there beyond it: standardise every"
    " feature, x = (x - mean) / std, or use bfloat16"
)
_WIDER = (
    "float16 ends at 65,504: compute this in float32, or use bfloat16"
    ' (torch.autocast("cuda", dtype=torch.bfloat16)), which reaches as far as float32; and see why'
    " the values are so large"
)
_OF_PHASES = {
    "input": "clean the data: find the rows with torch.isfinite(x).all(dim=1), and drop or fill"
    " them before training",
    "update": "the step itself made it: lower the learning rate, clip with"
    " torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0), and keep the optimizer's eps"
    " at 1e-8 or above",
    "parameter": "a parameter was so before it was used: see how it is initialised or loaded",
}
_CURES = (
    (("log",), f"keep its input above 0, torch.log(x.clamp(min=1e-8)); or {_LOGITS}"),
    (
        ("sqrt", "rsqrt", "norm", "cdist", "pow", "std", "var"),
        (
            "its slope at 0 is infinite: keep its input above 0, torch.sqrt(x + 1e-12), or give"
            " norms and standard deviations such an epsilon"
        ),
    ),
    (
        ("div", "reciprocal", "true_divide", "floor_divide", "remainder"),
        "keep the divisor away from 0: x / (y + 1e-8), or y.clamp(min=1e-8)",
    ),
    (
        ("exp", "exp2", "expm1", "sinh", "cosh"),
        (
            "bound its input, torch.exp(x.clamp(max=20)), or use the form that cannot overflow"
            " (torch.logsumexp, F.softplus, F.log_softmax)"
        ),
    ),
    (
        ("softmax", "log_softmax", "logsumexp", "scaled_dot_product_attention"),
        (
            "a row that is masked with -inf as a whole has no softmax: leave one entry of each row"
            " open, or mask with -1e9"
        ),
    ),
    (
        ("acos", "asin", "atanh", "acosh", "erfinv", "logit"),
        (
            "keep its input inside its domain: x.clamp(-1 + 1e-6, 1 - 1e-6), or eps=1e-6 for"
            " torch.logit"
        ),
    ),
    (
        ("binary_cross_entropy", "bce_loss", "nll_loss", "kl_div"),
        f"{_LOGITS}; it is given probabilities of exactly 0 or 1, or values outside 0…1",
    ),
)


def cure_for(breakdown: Breakdown) -> str:
    """Say what to change at the operation of a breakdown; ``""`` where it grew by itself.

    Examples
    --------
    >>> from halfwave.recording.facts import Breakdown
    >>> cure_for(Breakdown(3, "forward", "div", "0/0"))
    'keep the divisor away from 0: x / (y + 1e-8), or y.clamp(min=1e-8)'
    """
    half = breakdown.figures.get("dtype") == "float16"
    if half and breakdown.phase == "update":
        return _NOT_IN_HALF
    if half and breakdown.phase == "input" and "infinite" in breakdown.cause:
        return _NORMALISED
    if breakdown.phase in _OF_PHASES:
        return _OF_PHASES[breakdown.phase]
    name = breakdown.operation.lower().strip("_")
    for names, cure in _CURES:
        if name in names or (name.startswith("log") and "log" in names and name[3:].isdigit()):
            return cure
    return _WIDER if half else ""
