"""A page that follows a run: to whom it is given, and what it says when the run is gone."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from report_samples import make_recording, make_site

from halfwave.recording import RecordingError, Writer
from halfwave.report.live import Following, LiveServer, following


def _write(writer, recording):
    writer.write(
        info=recording.info,
        sites=recording.sites,
        parameters=recording.parameters,
        losses=recording.losses,
        rates=recording.rates,
        cost=recording.cost,
    )


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(following, "_PAUSE", 0.0)
    monkeypatch.setattr(following, "_SHARE", 0.0)


@pytest.fixture
def running():
    recording = make_recording([make_site(0, "act", dead=20)])
    info = replace(recording.info, state="running", ended=None, pid=os.getpid())
    return replace(recording, info=replace(info, host=os.uname().nodename))


@pytest.fixture
def run(tmp_path, running):
    with Writer(tmp_path / "run.halfwave") as writer:
        _write(writer, running)
        yield writer


def test_there_is_news_only_when_something_has_been_written(run, running):
    follows = Following(run.path)
    first = follows.news("")
    assert first["state"] == "Following the run: step 100, 24 watched in full."
    assert first["data"]
    assert first["details"]
    assert "20 of 32" in first["sections"]["findings"]
    nothing = follows.news(first["version"])
    assert set(nothing) == {"version", "state", "tone"}
    assert nothing["version"] == first["version"]
    _write(run, replace(running, info=replace(running.info, steps=150)))
    later = follows.news(first["version"])
    assert later["version"] != first["version"]
    assert "step 150" in later["state"]
    assert later["data"]


def test_the_end_of_the_run_is_told(run, running):
    follows = Following(run.path)
    _write(run, replace(running, info=replace(running.info, state="finished")))
    run.close()
    news = follows.news("")
    assert news["tone"] == "over"
    assert news["state"].startswith("The run has ended (finished)")


def test_a_killed_run_is_told_from_a_running_one(run, running):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    _write(run, replace(running, info=replace(running.info, pid=gone.pid)))
    news = Following(run.path).news("")
    assert news["tone"] == "lost"
    assert "process is gone" in news["state"]
    elsewhere = replace(running.info, pid=gone.pid, host="another machine")
    _write(run, replace(running, info=elsewhere))
    assert Following(run.path).news("")["tone"] == ""


def test_a_deleted_recording_leaves_what_was_known(run):
    follows = Following(run.path)
    before = follows.news("")
    run.path.unlink()
    after = follows.news("")
    assert after["tone"] == "lost"
    assert "gone" in after["state"]
    assert after["data"] == before["data"]
    assert "</html>" in follows.page()


def test_a_damaged_recording_leaves_what_was_known(run):
    follows = Following(run.path)
    run.close()
    run.path.write_bytes(b"no recording")
    news = follows.news("")
    assert news["tone"] == "lost"
    assert "cannot be read" in news["state"]
    assert news["data"]


def test_another_run_under_the_name_is_told(run, running, tmp_path):
    follows = Following(run.path)
    run.close()
    with Writer(run.path, overwrite=True) as other:
        _write(other, replace(running, info=replace(running.info, pid=1, started=5000.0)))
        assert "Another run" in follows.news("")["state"]


def test_there_must_be_a_recording_to_begin_with(tmp_path):
    with pytest.raises(RecordingError, match="no such file"):
        Following(tmp_path / "none.halfwave")


@pytest.fixture
def server(run):
    with LiveServer(Following(run.path)) as made:
        yield made


def _ask(server, path="/", method="GET", **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.putrequest(method, path, skip_host=True)
    for name, value in {"Host": f"127.0.0.1:{server.port}", **headers}.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_the_page_and_the_news_are_given(server):
    answer, page = _ask(server)
    assert answer.status == 200
    assert answer.getheader("Content-Type") == "text/html; charset=utf-8"
    assert b"connect-src &#39;self&#39;" in page
    answer, body = _ask(server, "/news?since=")
    news = json.loads(body)
    assert news["verdict"] == "error"
    answer, body = _ask(server, f"/news?since={news['version']}")
    assert "data" not in json.loads(body)
    assert answer.getheader("Access-Control-Allow-Origin") is None
    assert answer.getheader("Cache-Control") == "no-store"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "[::1]:80", "", None])
def test_another_host_is_refused(server, host):
    answer, body = _ask(server, "/news?since=", Host=host)
    assert answer.status == 421
    assert b"data" not in body


def test_the_name_localhost_is_known(server):
    assert _ask(server, Host=f"LOCALHOST:{server.port}")[0].status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_it_takes_no_command(server, method):
    assert _ask(server, method=method)[0].status == 501


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/run.halfwave", "//evil.example/", "/x"])
def test_there_is_nothing_else(server, path):
    assert _ask(server, path)[0].status == 404


def test_it_listens_on_loopback_alone(server):
    assert server._server.server_address[0] == "127.0.0.1"
    assert server.address == f"http://127.0.0.1:{server.port}/"


def test_a_taken_port_is_an_error(server, run):
    with pytest.raises(OSError, match="in use"):
        LiveServer(Following(run.path), server.port)
