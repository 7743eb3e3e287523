"""`python -m emulators.modal`: start it, say where it is in one line of JSON, end everything on SIGTERM.

{"url": …, "env": {"MODAL_SERVER_URL": …, …}, "control": …, "machine": "namespaces" | "folders", "not_isolated": […]}
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import msgspec

from emulators.modal import control, faults
from emulators.modal.faults import Fault
from emulators.modal.folders import FolderMachine
from emulators.modal.machine import Machine, MachineError
from emulators.modal.namespaces import NamespaceMachine, obstacle
from emulators.modal.service import ModalService
from emulators.modal.settings import PACKAGE_MANAGERS, Settings, Shown


def main() -> None:
    arguments = _parser().parse_args()
    if arguments.obstacle:
        print(obstacle() or "")
        return
    os.umask(0o022)  # sandboxes have users of their own, who must be able to read what is made here
    made = "" if arguments.root else tempfile.mkdtemp(prefix="emulated-modal-")
    settings = Settings(
        root=Path(arguments.root or made).resolve(),
        host=arguments.host,
        port=arguments.port,
        auth_seconds=arguments.auth_seconds,
        router_seconds=arguments.router_seconds,
        max_sandboxes=arguments.max_sandboxes,
        shown=tuple(arguments.show),
        skip_run=arguments.skip_run,
        plain=arguments.plain,
    )
    try:
        # Before the event loop and its threads: the machine moves this process into a namespace of its own.
        machine = _machine(settings)
        asyncio.run(_serve(settings, machine, arguments.fault))
    except (MachineError, OSError) as error:
        sys.exit(f"emulators.modal: {error}")
    finally:
        if made:
            shutil.rmtree(made, ignore_errors=True)


def _machine(settings: Settings) -> Machine:
    if settings.plain:
        return FolderMachine(settings.root, settings.shown)
    if reason := obstacle():
        raise MachineError(f"{reason}. Start it with --plain to go without isolation.")
    return NamespaceMachine(settings.root, settings.shown)


async def _serve(settings: Settings, machine: Machine, armed: list[Fault]) -> None:
    service = ModalService(settings, machine, armed)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await service.start()
    env = {
        "MODAL_SERVER_URL": service.url,
        "MODAL_TOKEN_ID": settings.token_id,
        "MODAL_TOKEN_SECRET": settings.token_secret,
        "MODAL_CONFIG_PATH": os.path.join("/nonexistent", "modal.toml"),
    }
    ready = {
        "url": service.url,
        "env": env,
        "control": service.control_url,
        "machine": machine.name,
        "not_isolated": list(machine.not_isolated),
    }
    print(json.dumps(ready), flush=True)
    try:
        await stop.wait()
    finally:
        await service.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m emulators.modal",
        description="A loopback Modal for the unmodified SDK 1.6. Prints one line of JSON when it is ready; ends on SIGTERM.",
        epilog=f"Faults:\n{faults.__doc__}\nControl channel:\n{control.__doc__}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="the gRPC port; 0 takes any (default)")
    parser.add_argument("--root", help="a folder for everything it keeps (default: a temporary one)")
    parser.add_argument("--plain", action="store_true", help="no namespaces: needs no root, isolates nothing, says so")
    parser.add_argument("--obstacle", action="store_true", help="print why there can be no isolation here, if so, and end")
    parser.add_argument("--auth-seconds", type=float, default=Settings.auth_seconds, help="life of control plane tokens")
    parser.add_argument("--router-seconds", type=float, default=Settings.router_seconds, help="life of sandboxes' tokens")
    parser.add_argument("--max-sandboxes", type=int, default=Settings.max_sandboxes, help="the account's quota")
    parser.add_argument(
        "--show", type=_shown, action="append", default=[], metavar="PATH[:TARGET]", help="let sandboxes see this, read-only"
    )
    parser.add_argument(
        "--skip-run", default=PACKAGE_MANAGERS, metavar="REGEX", help="RUN lines of image builds that are not run"
    )
    parser.add_argument("--fault", type=_fault, action="append", default=[], metavar="JSON", help="arm a fault, see below")
    return parser


def _shown(text: str) -> Shown:
    source, _, target = text.partition(":")
    path = Path(source).resolve()
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{source} does not exist")
    return Shown(path, target or str(path))


def _fault(text: str) -> Fault:
    try:
        return msgspec.json.decode(text, type=Fault)
    except msgspec.DecodeError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    main()
