"""Swap activations: at sites that are named, something else is computed.

The exchange is made at the call, by the torch function mode that sees it, so
every way of writing an activation is treated alike: modules, functions, methods,
in place, ``clamp(min=0)``. What was to be changed in place is changed in place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from torch import Tensor, nn

    from halfwave.observe.location import Place
    from halfwave.remedies.host import Host
    from halfwave.remedies.survey import Met, Survey

from halfwave.remedies.sites import SiteKey, Target

__all__ = ["SwapActivation"]


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
        Other sites that were met (`SiteKey` as mappings): they stay as they are.
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
        self._keys = {target.key for target in self.targets}
        kept = {SiteKey(**other) for other in others}
        # a site that was not met before goes with the others of its line, if they agree
        self._spots = {key.spot for key in self._keys} - {key.spot for key in kept}
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
        """Whether the site is one of the targets."""
        # a model that is built anew, or is called through another one, has other paths
        return met.key in self._keys or met.key.spot in self._spots

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


def _may_hold(module: nn.Module, kinds: set[str]) -> bool:
    """Whether a module or one inside it is of a class that has a site to be swapped."""
    return any(type(inner).__name__ in kinds for inner in module.modules())
