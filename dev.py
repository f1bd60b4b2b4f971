#!/usr/bin/env python3
"""Set up a checkout of halfwave and use it; needs nothing but Python 3.11 or newer.

    python3 dev.py demo     watch examples/faces.py with halfwave check
    python3 dev.py test     run the tests
    python3 dev.py extras   run those that need other people's tools: Lightning, W&B, Triton …
    python3 dev.py lint     run ruff and pyright
    python3 dev.py docs     build the site in docs/_build/html

Each sets up what it needs first: a virtual environment in .venv with the versions of the lock
files. That takes some minutes once, and nothing the next time. What follows on the command line
is passed on: "python3 dev.py test -k report", "python3 dev.py demo --bias -3".
"""

# no newer syntax than that of Python 3.8 in this file: an old Python must get as far as main()
from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUN_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
EXTRAS_LOCK = ROOT / "requirements-extras.lock"
# what is skipped, or has parts that are, where these tools are not installed
EXTRAS_TESTS = [
    "tests/integrations",
    "tests/docs/test_docstrings.py",
    "tests/experiments/test_clusters.py",
    "tests/experiments/test_other_libraries.py",
    "tests/kernels/test_triton_kernels.py",
    "tests/observe/test_around_keras.py",
]
OLDEST = (3, 11)


def main(arguments: list[str]) -> int:
    """Do what the first argument says, passing on the others; return an exit code."""
    commands = {"demo": demo, "test": test, "extras": extras, "lint": lint, "docs": docs}
    if not arguments or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    problem = too_old(sys.version_info[:2]) or no_venv()
    if problem:
        print("dev.py: " + problem, file=sys.stderr)
        return 2
    try:
        return commands[arguments[0]](arguments[1:])
    except subprocess.CalledProcessError as error:
        command = " ".join(str(part) for part in error.cmd)
        print("dev.py: failed: " + command, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def demo(arguments: list[str]) -> int:
    """Watch the example with the faces."""
    set_up([RUN_LOCK])
    command = [VENV / "bin" / "halfwave", "check", "examples/faces.py"]
    return run([*command, *(arguments or ["--show-units"])])


def test(arguments: list[str]) -> int:
    """Run the tests, one process a core."""
    set_up([RUN_LOCK, DEV_LOCK])
    return run([PYTHON, "-m", "pytest", "-n", "auto", *arguments])


def extras(arguments: list[str]) -> int:
    """Run the tests that are skipped without other people's tools; these are 1.8 GB."""
    set_up([RUN_LOCK, DEV_LOCK, EXTRAS_LOCK])
    return run([PYTHON, "-m", "pytest", "-n", "auto", *EXTRAS_TESTS, *arguments])


def lint(arguments: list[str]) -> int:
    """Run every linter, and fail if one of them does."""
    set_up([RUN_LOCK, DEV_LOCK])
    codes = [
        run([VENV / "bin" / "ruff", "check", *arguments]),
        run([VENV / "bin" / "ruff", "format", "--check", *arguments]),
        run([VENV / "bin" / "pyright", "--pythonpath", PYTHON, *arguments]),
    ]
    return max(codes)


def docs(arguments: list[str]) -> int:
    """Build the site, and fail where Sphinx has something to complain of."""
    set_up([RUN_LOCK, DEV_LOCK])
    options = ["--builder", "html", "--fresh-env", "--write-all"]  # what is old warns of nothing
    options += ["--fail-on-warning", "--keep-going", "--quiet"]
    folders = [ROOT / "docs", ROOT / "docs" / "_build" / "html"]
    return run([PYTHON, "-m", "sphinx", *options, *arguments, *folders])


def run(command: list[str | Path]) -> int:
    """Show a command, run it as shown in the root of the checkout, return its exit code."""
    words = [os.path.relpath(part, ROOT) if isinstance(part, Path) else part for part in command]
    print("$ " + " ".join(words), file=sys.stderr, flush=True)
    return subprocess.call(words, cwd=ROOT, env=environment())


def set_up(locks: list[Path]) -> None:
    """Bring .venv to the versions of the lock files, unless it is there already."""
    stamps = {VENV / f"{lock.stem}.stamp": fingerprint(lock) for lock in locks}
    intact = works()
    stale = [
        stamp
        for stamp, state in stamps.items()
        if not (intact and stamp.is_file() and stamp.read_text() == state)
    ]
    if not stale:
        return
    print("Setting up .venv, which takes some minutes once …", file=sys.stderr, flush=True)
    if not intact:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    # wheels only: where there is none, say so at once instead of looking for a compiler
    pip(["--only-binary", ":all:", *(word for lock in locks for word in ("-r", str(lock)))])
    if VENV / f"{RUN_LOCK.stem}.stamp" in stale:  # else it is there, built and all
        pip(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    for stamp, state in stamps.items():
        stamp.write_text(state)


def pip(arguments: list[str]) -> None:
    """Install into .venv; quiet where nobody looks on."""
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", *quiet]
    subprocess.run([*command, *arguments], check=True, cwd=ROOT, env=environment())


def environment() -> dict[str, str]:
    """Return the environment less what would lead Python or pip away from .venv."""
    away = {"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in away}


def works() -> bool:
    """Whether .venv has a Python that runs, of this version, with pip."""
    if not PYTHON.exists():
        return False
    code = "import sys, pip; print(sys.version_info[:2])"
    found = subprocess.run(
        [str(PYTHON), "-c", code], capture_output=True, text=True, check=False, env=environment()
    )
    return found.stdout.strip() == str(sys.version_info[:2])


def fingerprint(lock: Path) -> str:
    """Return what tells whether .venv is up to date: Python, the place, what is locked or built."""
    content = hashlib.sha256(f"{sys.version_info[:2]} {ROOT}".encode())
    native = sorted((ROOT / "src" / "halfwave").glob("**/*.?pp"))
    for file in (lock, ROOT / "pyproject.toml", ROOT / "CMakeLists.txt", *native):
        content.update(file.read_bytes())
    return content.hexdigest()


def too_old(version: tuple[int, ...]) -> str:
    """Say what to do where this Python is too old; "" where it is not."""
    if version >= OLDEST:
        return ""
    names = [f"python3.{minor}" for minor in range(14, OLDEST[1] - 1, -1)]
    newer = next((name for name in names if shutil.which(name)), None)
    advice = f'run "{newer} dev.py"' if newer else "install a newer one"
    needed, this = (".".join(map(str, part)) for part in (OLDEST, version))
    return f"halfwave needs Python {needed} or newer, and this is {this}: {advice}"


def no_venv() -> str:
    """Say what to install where Python comes without venv; "" where it is there."""
    if importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip"):
        return ""
    version = "python{}.{}-venv".format(*sys.version_info[:2])
    return (
        "this Python cannot make virtual environments (no venv or ensurepip); "
        f"on Debian and Ubuntu: sudo apt install python3-venv (or {version})"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
