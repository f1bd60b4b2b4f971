"""``%%halfwave`` in a real shell of IPython, and in a real notebook's kernel."""

from __future__ import annotations

import atexit
import importlib.util
from asyncio import events
from pathlib import Path

import pytest

import halfwave
from halfwave.recording import read

pytest.importorskip("IPython")

TRAINING = """\
import torch
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
with torch.no_grad():
    net[0].bias[:6] = -50
optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
for step in range(15):
    optimizer.zero_grad()
    net(torch.randn(32, 4)).square().mean().backward()
    optimizer.step()
print("trained")
"""


@pytest.fixture
def shell(tmp_path, monkeypatch):
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.path import ensure_dir_exists

    monkeypatch.delenv("VIRTUAL_ENV", raising=False)  # IPython would warn that it is not in it
    monkeypatch.setenv("IPYTHONDIR", str(ensure_dir_exists(tmp_path / "ipython") or tmp_path))
    monkeypatch.chdir(tmp_path)
    made = InteractiveShell()
    made.history_manager.enabled = False
    monkeypatch.setattr("IPython.get_ipython", lambda: made)
    # a browser that other tests of this process drive leaves its loop running in this thread
    running = events._get_running_loop()
    events._set_running_loop(None)
    made.run_line_magic("load_ext", "halfwave")
    yield made
    events._set_running_loop(running)
    made.run_line_magic("unload_ext", "halfwave")
    made.history_manager.end_session()
    made.atexit_operations()
    atexit.unregister(made.atexit_operations)


def test_a_cell_is_watched_and_its_variables_stay(shell, capsys):
    result = shell.run_cell("%%halfwave --every 1\n" + TRAINING + "step + 1")
    assert result.success
    assert result.result == 15
    printed = capsys.readouterr().out
    assert printed.startswith("trained\n")
    assert "dead-units" in printed
    assert shell.user_ns["step"] == 14
    assert [site.activation for site in shell.user_ns["_halfwave"].sites] == ["relu"]
    # a cell without the magic is not watched
    shell.run_cell("print(6 * 7)")
    assert capsys.readouterr().out == "42\n"


def test_the_cell_computes_the_same_bits(shell):
    final = "weights = [p.detach().clone() for p in net.parameters()]"
    shell.run_cell(TRAINING + final)
    plain = shell.user_ns["weights"]
    shell.run_cell("%%halfwave --every 1 --no-report\n" + TRAINING + final)
    assert shell.user_ns["weights"] is not plain
    assert all((a == b).all() for a, b in zip(plain, shell.user_ns["weights"], strict=True))


def test_an_exception_is_the_cells_own(shell, capsys):
    body = TRAINING + "def f():\n    raise KeyError('planted')\nf()\nnever = 1\n"
    plain = shell.run_cell("# as it is\n" + body)
    expected = capsys.readouterr().out
    result = shell.run_cell("%%halfwave --no-report\n" + body)
    printed = capsys.readouterr().out
    assert type(result.error_in_exec) is type(plain.error_in_exec) is KeyError
    assert "never" not in shell.user_ns

    def shape(text):  # the name of a cell has its number in it
        return [
            line for line in text.splitlines() if "Cell In[" not in line and "File " not in line
        ]

    assert shape(printed) == shape(expected)
    run = shell.user_ns["_halfwave"]
    assert run.recording.info.state == "failed"
    assert "planted" in run.recording.info.error
    # the next cell is an ordinary one again
    assert shell.run_cell("1 + 1").result == 2


def test_a_cell_that_awaits(shell):
    cell = "%%halfwave --no-report\nimport asyncio\nawait asyncio.sleep(0)\nafter = 1"
    assert shell.run_cell(cell).success
    assert shell.user_ns["after"] == 1


def test_options_as_check_has_them(shell, capsys, tmp_path):
    options = "--every 3 --max-steps 9 --ignore dead-units -o run.halfwave --html page.html"
    shell.run_cell(f"%%halfwave {options}\n" + TRAINING)
    printed = capsys.readouterr().out
    assert "dead-units" not in printed
    assert read(tmp_path / "run.halfwave").info.steps == 15
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    shell.run_cell("%%halfwave -o run.halfwave -f --budget 5% --select dead-units\n" + TRAINING)
    assert "dead-units" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--evry 3", "unrecognized arguments: --evry 3"),
        ("--every 0", "every is 0"),
        ("--every x", "invalid int value: 'x'"),
        ("--budget 0", "not above 0"),
        ("--every 1 --budget 1", "exclude each other"),
        ("--select nosuch", "nosuch"),
        ("-o taken", "taken"),
        ("--html taken", "taken"),
        ("'", "No closing quotation"),
    ],
)
def test_wrong_options_are_one_line_before_anything_runs(shell, capsys, tmp_path, options, said):
    (tmp_path / "taken").write_text("")
    result = shell.run_cell(f"%%halfwave {options}\nran = True")
    assert not result.success
    captured = capsys.readouterr()
    (line,) = (captured.out + captured.err).strip().splitlines()
    assert line.startswith("UsageError: %%halfwave: ")
    assert said in line
    assert "ran" not in shell.user_ns


def test_help_says_what_there_is_and_runs_the_cell_unwatched(shell, capsys):
    assert shell.run_cell("%%halfwave --help\nprint('ran')").success
    printed = capsys.readouterr().out
    assert "--budget PERCENT" in printed
    assert printed.endswith("ran\n")
    assert "_halfwave" not in shell.user_ns


def test_the_extension_can_be_taken_away(shell, capsys):
    shell.run_line_magic("unload_ext", "halfwave")
    shell.run_cell("%%halfwave\nprint(1)")
    assert "not found" in "".join(capsys.readouterr())
    shell.run_line_magic("load_ext", "halfwave")
    shell.run_line_magic("reload_ext", "halfwave")
    assert shell.run_cell("%%halfwave --no-report\nx = 3").success


def test_a_notebook(tmp_path, monkeypatch):
    for package in ("nbclient", "nbformat", "ipykernel"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(Path(halfwave.__file__).parent.parent))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    book = nbformat.v4.new_notebook()
    sources = ["%load_ext halfwave", "%%halfwave --every 1\n" + TRAINING + "step", "step + 1"]
    book.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = book.cells[1].outputs
    assert outputs[0].text == "trained\n"
    kinds = [output.output_type for output in outputs]
    assert kinds.count("execute_result") == 1
    shown = [output.data for output in outputs if output.output_type == "display_data"]
    assert "<iframe" in shown[0]["text/html"]
    assert "dead-units" in shown[0]["text/html"]
    assert shown[0]["text/plain"].startswith("Error: ")
    assert book.cells[2].outputs[0].data["text/plain"] == "15"
