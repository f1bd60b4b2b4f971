"""Swap activations: at sites that are named, something else is computed.

The exchange is made at the call, by the torch function mode that sees it, so
every way of writing an activation is treated alike: modules, functions, methods,
in place, ``clamp(min=0)``. What was to be changed in place is changed in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from torch import Tensor, nn

    from halfwave.observe.location import Place
    from halfwave.remedies.host import Host
    from halfwave.remedies.survey import Met, Survey

from halfwave.remedies.sites import Target

__all__ = ["SwapActivation"]

# A run may apply its activations at sites that the earlier one was not seen to have: an evaluation
# on another line, a model that is built anew or copied. Such a site goes with those that are
# like it, by the first of these in which some are; where they do not agree, by the next.
_ALIKE: Final[tuple[Callable[[Target], Any], ...]] = (
    lambda target: target.key.spot,
    lambda target: target.path_and_activation,
    lambda target: target.part_of_model,
)


class SwapActivation:
    """Compute another activation at some sites.

    Parameters
    ----------
    activation : str
        The new one, by its name in the catalogue.
    parameters : mapping
        Its parameters.
    targets : iterable of mapping
        The sites (`Target.to_json`), as an earlier run of the script has met them.
    others : iterable of mapping
        Other sites that were met, in the same form: they stay as they are.
    initialise : bool
        Re-initialise the layers that feed the sites with the catalogue's gain for
        the new activation.
    seed : int
        Of the random numbers that takes.
    """

    def __init__(
        self,
        activation: str,
        parameters: Mapping[str, Any],
        targets: Iterable[Mapping[str, Any]],
        *,
        others: Iterable[Mapping[str, Any]] = (),
        initialise: bool = False,
        seed: int = 0,
    ) -> None:
        self.activation, self.parameters = activation, dict(parameters)
        self.targets = [Target.from_json(dict(target)) for target in targets]
        kept = [Target.from_json(dict(other)) for other in others]
        self._known = dict.fromkeys((target.key for target in kept), False)
        self._known |= dict.fromkeys((target.key for target in self.targets), True)
        self._alike = [_agreed(alike, self.targets, kept) for alike in _ALIKE]
        self._initialise, self._seed = initialise, seed
        #: All sites met so far, once it is applied.
        self.survey: Survey | None = None
        self._swapped: set[int] = set()

    def apply(self, host: Host) -> None:
        """Take hold of every call that applies an activation."""
        from halfwave.remedies.survey import Survey  # noqa: PLC0415 - needs torch

        self._prepare(host)
        self.survey = Survey(host, self)

    def _prepare(self, host: Host) -> None:
        from halfwave.remedies.keras_training import KerasTraining  # noqa: PLC0415
        from halfwave.remedies.models import Models  # noqa: PLC0415 - as above
        from halfwave.remedies.replacement import Replacement  # noqa: PLC0415
        from halfwave.remedies.training import Adoption  # noqa: PLC0415

        self._replacement = Replacement(self.activation, self.parameters)
        self._adoption = Adoption(host.optimizers)
        self._models = Models(self.targets)
        if self._replacement.learns:
            KerasTraining(self._replacement, self._adoption)
        inside = {target.module for target in self.targets}
        host.opens = lambda module: bool(inside) and _may_hold(module, inside)
        host.before_optimizer.append(self._before_optimizer)
        host.after_optimizer.append(self._after_optimizer)

    def _after_optimizer(self, optimizer: Any) -> None:
        self._adoption.settle()
        if self._initialise:
            held = {id(p) for group in optimizer.param_groups for p in group["params"]}
            record = self._replacement.record
            self._models.initialise(record, self.parameters, self._seed, held)

    def _before_optimizer(self, _: Any) -> None:
        """Have the new parameters in the model before it is asked for its parameters."""
        if self._replacement.learns:
            for module, target in self._models.owners():
                self._adoption.add(self._replacement.attach(module, target), None)

    # -- what the survey asks -----------------------------------------------------------------

    def wants(self, met: Met) -> bool:
        """Whether the site is one of the targets, or goes with them."""
        known = self._known.get(met.key)
        if known is not None:
            return known
        for alike, agreed in zip(_ALIKE, self._alike, strict=True):
            swapped = agreed.get(alike(met.target))
            if swapped is not None:
                return swapped
        return False

    def compute(self, met: Met, given: Tensor, place: Place) -> Tensor:
        """Apply the new activation."""
        module = place.module
        child = self._replacement.at(met.site.id, met.target, module, given)
        if self._replacement.learns:
            weight = None if met.site.weight is None else met.site.weight()
            self._adoption.add(child, weight)
        self._swapped.add(met.site.id)
        import torch  # noqa: PLC0415 - there by now

        training = torch.is_grad_enabled() if module is None else module.training
        return self._replacement.compute(child, given, training=training)

    # -- for the report -------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """Return how many sites were swapped, and which were left."""
        survey = self.survey
        left = {} if survey is None else survey.left
        met = {} if survey is None else survey.met
        return {
            "activation": self.activation,
            "sites": len(self._swapped),
            "left": [{"path": met[n].key.path, "why": why} for n, why in left.items()],
            "initialised": self._models.initialised if survey is not None else 0,
            "trained": self._adoption.trained if survey is not None else 0,
            "untrained": self._adoption.untrained if survey is not None else 0,
        }


def _agreed(
    alike: Callable[[Target], Any], swapped: Iterable[Target], kept: Iterable[Target]
) -> dict[Any, bool]:
    """Whether sites that are alike are swapped, where all of them are, or none."""
    wanted, left = {alike(target) for target in swapped}, {alike(target) for target in kept}
    agreed = dict.fromkeys(wanted - left, True) | dict.fromkeys(left - wanted, False)
    agreed.pop(None, None)
    return agreed


def _may_hold(module: nn.Module, kinds: set[str]) -> bool:
    """Whether a module or one inside it is of a class that has a site to be swapped."""
    return any(type(inner).__name__ in kinds for inner in module.modules())
