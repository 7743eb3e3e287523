"""Which tests run on which backend: every promise of the main path is kept on both.

`make test` has a few minutes: there what only Modal has is tried on Modal, and each promise on this machine in one form.
`make further` has its other forms, the main path on Modal and Modal's own faults, and `make campaign` every form on both.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

import pytest
from _pytest.mark import ParameterSet

from tests.sandboxes import LOCAL, MODAL


def _backends(*in_every_run: str) -> list[ParameterSet]:
    campaign = pytest.mark.campaign
    return [pytest.param(backend, marks=[] if backend in in_every_run else campaign) for backend in (LOCAL, MODAL)]


on_both = pytest.mark.parametrize("backend", _backends(LOCAL, MODAL), indirect=True)
on_modal = pytest.mark.parametrize("backend", [MODAL], indirect=True)
on_both_in_the_campaign = pytest.mark.parametrize("backend", _backends(LOCAL), indirect=True)


def cases_on_both(argument: str, names: Iterable[str], *, further: Container[str] = ()) -> pytest.MarkDecorator:
    """Every case on both backends. On this machine `make test` has those that are not `further`, `make further` the others."""
    names = list(names)
    return pytest.mark.parametrize(
        ("backend", argument),
        [
            *(pytest.param(LOCAL, name, marks=pytest.mark.further if name in further else []) for name in names),
            *(pytest.param(MODAL, name, marks=pytest.mark.campaign) for name in names),
        ],
        indirect=["backend"],
        scope="module",  # as the scene that is set for the backend
    )


def cases_in_this_run(request: pytest.FixtureRequest, argument: str, backend: str | None = None) -> list[str]:
    """The cases of the module's tests that are going to be run, on that backend if it is given: what is asked for at once for
    all of them is asked for no other."""
    here = (item for item in request.session.items if item.path == request.path)
    calls = [item.callspec.params for item in here if isinstance(item, pytest.Function) and hasattr(item, "callspec")]
    wanted = [call for call in calls if argument in call and backend in (None, call.get("backend"))]
    return list(dict.fromkeys(str(call[argument]) for call in wanted))
