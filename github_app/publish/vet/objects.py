"""Reads objects out of the clean repository: their sizes first, their contents only where a rule needs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from github_app.publish.vet.clean_git import CleanGit

# Contents are read this many bytes at a time (by the sizes known), so that a large change is never in memory at once.
BATCH_BYTES = 16 * 1024 * 1024


class ObjectMissing(ValueError):
    """An object that must be there is not: the bundle was incomplete."""


async def sizes_of(clean: CleanGit, ids: Iterable[str]) -> dict[str, int]:
    """The size of each object in bytes. Raises ObjectMissing."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    listed = await clean.run("cat-file", "--batch-check", stdin="".join(f"{id}\n" for id in wanted).encode())
    sizes = {}
    for line in listed.stdout.decode("ascii").splitlines():
        id_, _, rest = line.partition(" ")
        if not rest.rpartition(" ")[2].isdigit():
            raise ObjectMissing(f"the object {id_} is missing")
        sizes[id_] = int(rest.rpartition(" ")[2])
    return sizes


async def contents_of(clean: CleanGit, ids: Iterable[str]) -> dict[str, bytes]:
    """The content of each object; for a few small ones. Raises ObjectMissing."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    read = await clean.run("cat-file", "--batch", stdin="".join(f"{id}\n" for id in wanted).encode())
    contents, at = {}, 0
    while at < len(read.stdout):
        end = read.stdout.index(b"\n", at)
        id_, _, rest = read.stdout[at:end].decode("ascii").partition(" ")
        if not rest.rpartition(" ")[2].isdigit():
            raise ObjectMissing(f"the object {id_} is missing")
        size = int(rest.rpartition(" ")[2])
        contents[id_] = read.stdout[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return contents


def batches(sizes: dict[str, int]) -> Iterator[list[str]]:
    """The objects in groups of at most BATCH_BYTES, or of one."""
    batch: list[str] = []
    total = 0
    for id_, size in sizes.items():
        if batch and total + size > BATCH_BYTES:
            yield batch
            batch, total = [], 0
        batch.append(id_)
        total += size
    if batch:
        yield batch
