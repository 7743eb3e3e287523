"""`python -m emulators.modal` as scripts see it."""

from __future__ import annotations

from pathlib import Path

import modal
import pytest

from emulators.modal.__main__ import main
from tests.emulators.modal.in_sandbox import command_lines, run
from tests.modal_service import CANNOT_ISOLATE, ModalService, modal_service

needs_namespaces = pytest.mark.skipif(CANNOT_ISOLATE is not None, reason=f"sandboxes can't be isolated here: {CANNOT_ISOLATE}")


def sandbox_on(service: ModalService) -> modal.Sandbox:
    client = service.client()
    app = modal.App.lookup("app", create_if_missing=True, client=client)
    return modal.Sandbox.create(app=app, image=modal.Image.debian_slim(), client=client, timeout=60)


def mounts() -> str:
    return Path("/proc/mounts").read_text()


@needs_namespaces
def test_it_says_where_it_is_in_one_line_and_leaves_nothing_behind(tmp_path: Path) -> None:
    shown = tmp_path / "shown"
    shown.write_text("shown")
    with modal_service(tmp_path / "state", "--show", f"{shown}:/opt/shown") as service:
        assert service.ready["machine"] == "namespaces"
        assert service.env["MODAL_SERVER_URL"] == service.ready["url"]
        assert set(service.env) == {"MODAL_SERVER_URL", "MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET", "MODAL_CONFIG_PATH"}
        sandbox = sandbox_on(service)
        assert run(sandbox, "cat /opt/shown")[0] == "shown"
        assert run(sandbox, "echo x > /opt/shown")[2] == 1
        run(sandbox, "setsid sleep 98765.1 > /dev/null 2>&1 & echo started")
        assert "98765.1" in command_lines()
        assert service.stop() == 0
    assert "98765.1" not in command_lines()
    assert str(tmp_path) not in mounts()
    assert list((tmp_path / "state").iterdir()) == []


@needs_namespaces
def test_a_killed_emulator_takes_its_sandboxes_along(tmp_path: Path) -> None:
    with modal_service(tmp_path / "state") as service:
        sandbox = sandbox_on(service)
        process = sandbox.exec("bash", "-c", "setsid sleep 98765.2 & echo started; wait", bufsize=1)
        assert next(iter(process.stdout)) == "started\n"
        service.process.kill()
        service.process.wait()
        for _ in range(1000):
            if "98765.2" not in command_lines():
                break
        else:
            pytest.fail("a process of the sandbox outlived the emulator")
        service.process.returncode = 0


def test_without_isolation_it_says_what_it_does_not_isolate(tmp_path: Path) -> None:
    with modal_service(tmp_path / "state", "--plain") as service:
        assert service.ready["machine"] == "folders"
        assert "commands run as the user who started the emulator" in service.ready["not_isolated"]
        sandbox = sandbox_on(service)
        sandbox.filesystem.write_text("kept", "/work/file")
        assert sandbox.exec("cat", "file", workdir="/work").stdout.read() == "kept"
        assert run(sandbox, "exit 3")[2] == 3
        snapshot = sandbox.snapshot_filesystem(ttl=60)
        run(sandbox, "setsid sleep 98765.3 > /dev/null 2>&1 & echo started")
        client = service.client()
        app = modal.App.lookup("app", client=client)
        image = modal.Image.from_id(snapshot.object_id, client=client)
        again = modal.Sandbox.create(app=app, image=image, client=client, timeout=60)
        assert again.filesystem.read_text("/work/file") == "kept"
        assert sandbox.terminate(wait=True) == 137
        assert "98765.3" not in command_lines()
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--fault", '{"do": "refuse"}'], "needs the name of an `rpc`"),
        (["--fault", '{"do": "explode", "rpc": "X"}'], "Invalid enum value"),
        (["--show", "/no/such/place"], "does not exist"),
    ],
)
def test_a_wrong_flag_is_named(
    flags: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["emulators.modal", *flags])
    with pytest.raises(SystemExit) as exited:
        main()
    assert exited.value.code == 2
    assert says in capsys.readouterr().err


def test_help_documents_faults_and_the_control_channel(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["emulators.modal", "--help"])
    with pytest.raises(SystemExit):
        main()
    shown = capsys.readouterr().out
    assert "lose_answer" in shown
    assert "GET    /stats" in shown
