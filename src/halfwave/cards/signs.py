"""Signs of mathematics as Unicode, and their spelling on a terminal that knows only ASCII."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["COMMANDS", "FUNCTIONS", "SUBSCRIPT", "SUPERSCRIPT", "plain"]

_GREEK: Final = [
    "alpha",
    "beta",
    "gamma",
    "delta",
    "epsilon",
    "zeta",
    "eta",
    "theta",
    "iota",
    "kappa",
    "lamda",
    "mu",
    "nu",
    "xi",
    "pi",
    "rho",
    "sigma",
    "tau",
    "upsilon",
    "phi",
    "chi",
    "psi",
    "omega",
]

#: LaTeX command -> what stands for it
COMMANDS: Final[dict[str, str]] = {
    **{name: unicodedata.lookup(f"GREEK SMALL LETTER {name.upper()}") for name in _GREEK},
    **{
        name.title(): unicodedata.lookup(f"GREEK CAPITAL LETTER {name.upper()}")
        for name in ("gamma", "delta", "theta", "xi", "pi", "sigma", "phi", "psi", "omega")
    },
    "lambda": "λ",
    "Lambda": "Λ",
    "varphi": "φ",
    "varepsilon": "ε",
    "vartheta": "θ",
    "phi": "ϕ",
    "ell": "ℓ",
    "infty": "∞",
    "partial": "∂",
    "nabla": "∇",
    "sum": "Σ",
    "prod": "Π",
    "int": "∫",
    "le": " ≤ ",
    "leq": " ≤ ",
    "ge": " ≥ ",
    "geq": " ≥ ",
    "ne": " ≠ ",
    "neq": " ≠ ",
    "approx": " ≈ ",
    "equiv": " ≡ ",
    "sim": " ~ ",
    "propto": " ∝ ",
    "in": " ∈ ",
    "notin": " ∉ ",
    "to": " → ",
    "rightarrow": " → ",
    "mapsto": " ↦ ",
    "pm": "±",
    "mp": "∓",
    "times": " × ",
    "cdot": " · ",
    "odot": " ⊙ ",
    "otimes": " ⊗ ",
    "oplus": " ⊕ ",
    "ast": "*",
    "circ": " ∘ ",
    "ldots": "…",
    "cdots": "…",
    "dots": "…",
    "mid": " | ",
    "lvert": "|",
    "rvert": "|",
    "vert": "|",
    "lVert": "‖",
    "rVert": "‖",
    "Vert": "‖",
    "lfloor": "⌊",
    "rfloor": "⌋",
    "lceil": "⌈",
    "rceil": "⌉",
    "land": " and ",
    "wedge": " and ",
    "lor": " or ",
    "vee": " or ",
    "cup": " ∪ ",
    "cap": " ∩ ",
    "prime": "′",
    "quad": "   ",
    "qquad": "   ",
    "colon": ": ",
    "top": "ᵀ",
}

#: commands that print their own name
FUNCTIONS: Final = frozenset(
    [
        "arccos",
        "arcsin",
        "arctan",
        "arg",
        "cos",
        "cosh",
        "cot",
        "coth",
        "deg",
        "det",
        "dim",
        "exp",
        "inf",
        "ker",
        "lim",
        "ln",
        "log",
        "max",
        "min",
        "sec",
        "sin",
        "sinh",
        "sup",
        "tan",
        "tanh",
    ]
)

SUPERSCRIPT: Final = dict(zip("0123456789+−-()nixyk′T", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿⁱˣʸᵏ′ᵀ", strict=True))
SUBSCRIPT: Final = dict(
    zip("0123456789+−-()aeijklmnoprtx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₍₎ₐₑᵢⱼₖₗₘₙₒₚᵣₜₓ", strict=True)
)

_SPELT: Final = {
    **dict.fromkeys("–—−─╌", "-"),
    **dict.fromkeys("│⎪", "|"),
    **dict.fromkeys("⎧⎰⎩⎱⎨", "{"),
    **dict.fromkeys("┼├┤┬┴┌┐└┘", "+"),
    **dict.fromkeys("‘’′", "'"),
    **dict.fromkeys("“”", '"'),
    "…": "...", "→": "->", "↦": "->", "·": "*", "•": "*", "±": "+-", "∓": "-+", "×": "x",
    "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~", "≡": "==", "∞": "inf", "∂": "d", "√": "sqrt",
    "∛": "cbrt", "Σ": "sum", "Π": "prod", "∫": "int", "⊙": "*", "⊗": "(x)", "⊕": "(+)", "∘": "o",
    "∈": "in", "∉": "not in", "‖": "||", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")",
    "∪": "u", "∩": "n", "∝": "~", "∇": "grad", "ℓ": "l", "ϕ": "phi", "✓": "yes", "ß": "ss",
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "𝟙": "1", "ᵀ": "^T", "∧": "and", "∨": "or",
    "●": "*", "○": "o",
}  # fmt: skip
_RAISED: Final = {value: key.replace("−", "-") for key, value in SUPERSCRIPT.items()}
_LOWERED: Final = {value: key.replace("−", "-") for key, value in SUBSCRIPT.items()}
_RAISED["⁻"] = _LOWERED["₋"] = "-"
_RAISED.pop("′")


def plain(text: str) -> str:
    """Spell out in ASCII every sign that is not.

    Examples
    --------
    >>> plain("α (e⁻ˣ − 1) ≤ ∞")
    'alpha (e^-x - 1) <= inf'
    """
    if text.isascii():
        return text
    result: list[str] = []
    before = ""
    for sign in text:
        if sign in _RAISED or sign in _LOWERED:
            # one caret for a whole exponent
            mark, table = ("^", _RAISED) if sign in _RAISED else ("_", _LOWERED)
            result.append(table[sign] if before and before in table else mark + table[sign])
        else:
            result.append(_spelt(sign))
        before = sign
    return "".join(result)


def _spelt(sign: str) -> str:
    if sign.isascii():
        return sign
    if sign in _SPELT:
        return _SPELT[sign]
    name = unicodedata.name(sign, "")
    if name.startswith("GREEK") and "LETTER" in name:
        word = name.split()[-1].lower().replace("lamda", "lambda")
        return word.title() if "CAPITAL" in name else word
    bare = unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode()
    return bare or "?"
