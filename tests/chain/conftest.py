"""Fixtures that several tests of the ledger share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chain.store_samples import AnyStore, Folder


@pytest.fixture(params=["memory", "sqlite"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Folder]:
    """A place for each kind of store; everything opened in it is closed at the end."""
    found = Folder(request.param, tmp_path)
    yield found
    for store in found.opened:
        store.close()


@pytest.fixture
def store(folder: Folder) -> AnyStore:
    """An empty store of each kind."""
    return folder.open()
