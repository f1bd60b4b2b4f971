"""Functions of a distance: the input is how far a point lies from a centre."""

from __future__ import annotations

import math
from typing import Any, Final

from halfwave.activations.parameters import POSITIVE, Parameter
from halfwave.activations.properties import Paper, Range
from halfwave.activations.record import Activation

__all__ = [
    "gaussian",
    "inverse_multiquadric",
    "inverse_quadratic",
    "multiquadric",
    "ricker",
    "thin_plate",
    "wendland",
]

_BROOMHEAD: Final = Paper(
    "Broomhead, Lowe",
    1988,
    "Multivariable functional interpolation and adaptive networks",
    "Complex Systems 2",
)
_HARDY: Final = Paper(
    "Hardy",
    1971,
    "Multiquadric equations of topography and other irregular surfaces",
    "Journal of Geophysical Research 76",
)
_WIDTH: Final = Parameter(
    "c", 1.0, POSITIVE, "c: the distance that counts as one unit", array=True, learnable=True
)


def _gaussian_parts(m: Any, x: Any, sigma: Any) -> tuple[Any, Any, Any]:
    """U = |x|/σ, and exp(−u²/2) as two factors; far out, where it is 0, u is cut off."""
    u, rest = m.quotient(m.minimum(m.abs(x), 60.0 * sigma), sigma)
    first, second = m.gauss(u)
    return u, first * (1.0 - u * rest), second


def _gaussian(m: Any, x: Any, *, sigma: Any) -> Any:
    _, first, second = _gaussian_parts(m, x, sigma)
    return first * second


def _gaussian_derivative(m: Any, x: Any, *, sigma: Any) -> Any:
    u, first, second = _gaussian_parts(m, x, sigma)
    fall = ((u / sigma) * first) * second
    return m.where(x > 0, -fall, fall)


gaussian = Activation(
    name="gaussian",
    aliases=("gauss", "rbf", "gaussian_rbf"),
    family="radial",
    shape="radial",
    summary="A bell curve: 1 at the centre, nothing far away.",
    f=_gaussian,
    df=_gaussian_derivative,
    formula=r"e^{-x^2 / 2\sigma^2}",
    derivative_formula=r"-\frac{x}{\sigma^2}\, e^{-x^2 / 2\sigma^2}",
    parameters=(Parameter("sigma", 1.0, POSITIVE, "σ: width", array=True, learnable=True),),
    range=Range(0.0, 1.0, (False, True)),
    monotonic="no",
    lipschitz=lambda p: math.exp(-0.5) / p.sigma,
    papers=(_BROOMHEAD,),
    use="Radial basis networks; coordinate networks for images and scenes.",
    pitfalls="Closed a few σ from the centre: units that no input comes near never learn.",
)


def _hypotenuse(m: Any, x: Any, c: Any) -> Any:
    """Return √(x² + c²) without overflow."""
    a = m.abs(x)
    longer = m.maximum(a, c)
    ratio = m.minimum(a, c) / longer
    return longer * m.sqrt(1.0 + ratio * ratio)


def _multiquadric(m: Any, x: Any, *, c: Any) -> Any:
    return _hypotenuse(m, x, c)


def _multiquadric_derivative(m: Any, x: Any, *, c: Any) -> Any:
    a = m.abs(x)
    near = m.minimum(a, c)
    ratio = near / m.maximum(a, c)
    slope = (near / c) / m.sqrt(1.0 + ratio * ratio)
    return m.where(x < 0, -slope, slope)


multiquadric = Activation(
    name="multiquadric",
    aliases=("multiquadratic",),
    family="radial",
    shape="radial",
    summary="The distance, rounded off at the centre.",
    f=_multiquadric,
    df=_multiquadric_derivative,
    formula=r"\sqrt{x^2 + c^2}",
    derivative_formula=r"\frac{x}{\sqrt{x^2 + c^2}}",
    parameters=(_WIDTH,),
    range=lambda p: Range(p.c, math.inf, (True, False)),
    monotonic="no",
    lipschitz=1.0,
    papers=(_HARDY, _BROOMHEAD),
    use="Interpolation of scattered data.",
    pitfalls="Grows without bound: far from all data the network extrapolates in straight lines.",
)


def _inverse_multiquadric(m: Any, x: Any, *, c: Any) -> Any:
    return 1.0 / _hypotenuse(m, x, c)


def _ratio_square(m: Any, a: Any, c: Any) -> tuple[Any, Any]:
    """1 + r² and its rounding error, r the smaller of a and c over the larger."""
    a = m.minimum(a, 1e12 * c)  # r² is nothing beyond
    r, rest = m.quotient(m.minimum(a, c), m.maximum(a, c))
    product, error = m.two_product(r, r)
    total, more = m.two_sum(1.0, product)
    return total, more + error + 2.0 * r * rest


def _inverse_multiquadric_derivative(m: Any, x: Any, *, c: Any) -> Any:
    a = m.abs(x)
    near = a < c
    longer = m.where(near, c, a)
    total, rest = _ratio_square(m, a, c)
    power = (1.0 - 1.5 * rest / total) / (total * m.sqrt(total))
    # last the product with a, which may be a subnormal number
    fall = m.where(near, a, 1.0) * (power / m.where(near, c, 1.0) / longer / longer)
    return m.where(x > 0, -fall, fall)


inverse_multiquadric = Activation(
    name="inverse_multiquadric",
    aliases=("inverse_multiquadratic", "imq"),
    family="radial",
    shape="radial",
    summary="One over the multiquadric: a bell with long tails.",
    f=_inverse_multiquadric,
    df=_inverse_multiquadric_derivative,
    formula=r"\frac{1}{\sqrt{x^2 + c^2}}",
    derivative_formula=r"-\frac{x}{(x^2 + c^2)^{3/2}}",
    parameters=(_WIDTH,),
    range=lambda p: Range(0.0, 1.0 / p.c, (False, True)),
    monotonic="no",
    lipschitz=lambda p: 2.0 / (math.sqrt(27.0) * p.c * p.c),
    papers=(_HARDY, _BROOMHEAD),
    use="Radial basis networks and kernels where the Gaussian's tails are too short.",
    pitfalls="The slope is 0 at the centre and small far out.",
)


def _inverse_quadratic(m: Any, x: Any, *, c: Any) -> Any:
    a = m.abs(x)
    longer = m.maximum(a, c)
    ratio = m.minimum(a, c) / longer
    share = c / longer
    return (share * share) / (1.0 + ratio * ratio)


def _inverse_quadratic_derivative(m: Any, x: Any, *, c: Any) -> Any:
    a = m.abs(x)
    longer = m.maximum(a, c)
    total, rest = _ratio_square(m, a, c)
    # 2u/(1 + u²)²/c with u = |x|/c, and with 1/u in place of u beyond c
    power = (1.0 - 2.0 * rest / total) * (m.minimum(a, c) / longer) / (total * total)
    share = c / longer
    fall = (2.0 * power * share) * (share / c)
    return m.where(x > 0, -fall, fall)


inverse_quadratic = Activation(
    name="inverse_quadratic",
    aliases=("cauchy", "lorentzian", "rational_quadratic"),
    family="radial",
    shape="radial",
    summary="A bell with heavy tails, as in the Cauchy distribution.",
    f=_inverse_quadratic,
    df=_inverse_quadratic_derivative,
    formula=r"\frac{1}{1 + (x/c)^2}",
    derivative_formula=r"-\frac{2x/c^2}{(1 + (x/c)^2)^2}",
    parameters=(_WIDTH,),
    range=Range(0.0, 1.0, (False, True)),
    monotonic="no",
    lipschitz=lambda p: math.sqrt(27.0) / (8.0 * p.c),
    papers=(_BROOMHEAD,),
    use="Radial basis networks; a cheap bell without an exponential.",
    pitfalls="The slope is 0 at the centre and small far out.",
)


def _thin_plate(m: Any, x: Any) -> Any:
    a = m.abs(x)
    safe = m.where(a > 0, a, 1.0)
    return safe * (safe * m.log(safe))


def _thin_plate_derivative(m: Any, x: Any) -> Any:
    a = m.abs(x)
    safe = m.where(a > 0, a, 1.0)
    return m.where(a > 0, x * (2.0 * m.log(safe) + 1.0), x)


thin_plate = Activation(
    name="thin_plate",
    aliases=("thin_plate_spline", "tps"),
    family="radial",
    shape="radial",
    summary="The thin-plate spline: bends as little as a thin metal sheet would.",
    f=_thin_plate,
    df=_thin_plate_derivative,
    formula=r"x^2 \log|x|",
    derivative_formula=r"x\,(2 \log|x| + 1)",
    range=Range(-0.5 / math.e, math.inf, (True, False)),
    monotonic="no",
    smoothness=1,
    lipschitz=math.inf,
    closed=(),
    papers=(
        Paper(
            "Duchon",
            1977,
            "Splines minimizing rotation-invariant semi-norms in Sobolev spaces",
            "Springer Lecture Notes in Mathematics 571",
        ),
    ),
    use="Interpolation in the plane: warping images, surfaces from points.",
    pitfalls="Grows faster than the square of the distance; add a linear part, and scale inputs.",
)


def _ricker_parts(m: Any, x: Any) -> tuple[Any, Any, Any]:
    a = m.minimum(m.abs(x), 60.0)
    first, second = m.gauss(a)
    return a, first, second


def _ricker(m: Any, x: Any) -> Any:
    a, first, second = _ricker_parts(m, x)
    return (((1.0 - a) * (1.0 + a)) * first) * second


def _ricker_derivative(m: Any, x: Any) -> Any:
    a, first, second = _ricker_parts(m, x)
    rise = ((a * (a * a - 3.0)) * first) * second
    return m.where(x < 0, -rise, rise)


ricker = Activation(
    name="ricker",
    aliases=("mexican_hat", "ricker_wavelet"),
    family="radial",
    shape="radial",
    summary="The Mexican hat: a bell with a negative rim, as a wavelet.",
    f=_ricker,
    df=_ricker_derivative,
    formula=r"(1 - x^2)\, e^{-x^2/2}",
    derivative_formula=r"x\,(x^2 - 3)\, e^{-x^2/2}",
    range=Range(-2.0 * math.exp(-1.5), 1.0, (True, True)),
    monotonic="no",
    lipschitz=1.3801190461607493,
    papers=(Paper("Zhang, Benveniste", 1992, "Wavelet networks", "IEEE Trans. Neural Networks 3"),),
    use="Wavelet networks; features that answer to one scale.",
    pitfalls="Closed a few units from the centre.",
)


def _wendland_rest(m: Any, a: Any, radius: Any) -> tuple[Any, Any]:
    """Return 1 − a/R as a pair: each of its roundings would count three or four times."""
    share, error = m.quotient(m.minimum(a, radius), radius)
    rest, more = m.two_sum(1.0, -share)
    inside = a < radius
    return m.where(inside, rest, 0.0), m.where(inside, more - error, 0.0)


def _wendland(m: Any, x: Any, *, radius: Any) -> Any:
    a = m.abs(x)
    rest = _wendland_rest(m, a, radius)
    square = m.multiply(rest, rest)
    power, more = m.multiply(square, square)
    return (power + more) * (4.0 * m.minimum(a, radius) / radius + 1.0)


def _wendland_derivative(m: Any, x: Any, *, radius: Any) -> Any:
    a = m.abs(x)
    rest = _wendland_rest(m, a, radius)
    cube, more = m.multiply(rest, m.multiply(rest, rest))
    fall = m.minimum(a, radius) * (20.0 * (cube + more) / radius / radius)
    return m.where(x > 0, -fall, fall)


wendland = Activation(
    name="wendland",
    aliases=("wendland_c2",),
    family="radial",
    shape="radial",
    summary="A smooth bump that is exactly 0 outside its radius.",
    f=_wendland,
    df=_wendland_derivative,
    formula=r"\max\left(1 - \frac{|x|}{R}, 0\right)^4 \left(4\frac{|x|}{R} + 1\right)",
    derivative_formula=r"-\frac{20\,x}{R^2} \max\left(1 - \frac{|x|}{R}, 0\right)^3",
    parameters=(Parameter("radius", 1.0, POSITIVE, "R: where it ends"),),
    range=Range(0.0, 1.0, (True, True)),
    monotonic="no",
    smoothness=2,
    lipschitz=lambda p: 2.109375 / p.radius,
    sparse=True,
    papers=(
        Paper(
            "Wendland",
            1995,
            "Piecewise polynomial, positive definite and compactly supported radial functions"
            " of minimal degree",
            "Advances in Computational Mathematics 4",
        ),
    ),
    use="Interpolation of many points, since its matrices are sparse.",
    pitfalls="Exactly closed outside the radius: every region needs a centre near by.",
)
