"""Which tests run on which backend: every promise of the main path is kept on both.

What happens on Harvest's side alone is the same wherever the sandbox is. `make test` therefore has one case of each such
promise on Modal, and `make campaign` all of them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable

import pytest

from tests.sandboxes import LOCAL, MODAL

on_both = pytest.mark.parametrize("backend", [LOCAL, MODAL], indirect=True)
on_modal = pytest.mark.parametrize("backend", [MODAL], indirect=True)

# On Modal in the campaign alone.
on_both_in_the_campaign = pytest.mark.parametrize(
    "backend", [LOCAL, pytest.param(MODAL, marks=pytest.mark.campaign)], indirect=True
)


def cases_on_both(
    argument: str, names: Iterable[str], *, on_modal: Container[str], further: Container[str] = ()
) -> pytest.MarkDecorator:
    """Every case on both backends: `make test` runs those `on_modal` there, and on this machine all but the `further` ones."""
    names = list(names)
    every_run = {LOCAL: [name for name in names if name not in further], MODAL: [name for name in names if name in on_modal]}
    return pytest.mark.parametrize(
        ("backend", argument),
        [
            pytest.param(backend, name, marks=[] if name in every_run[backend] else pytest.mark.campaign)
            for backend in (LOCAL, MODAL)
            for name in names
        ],
        indirect=["backend"],
        scope="module",  # as the scene that is set for the backend
    )
