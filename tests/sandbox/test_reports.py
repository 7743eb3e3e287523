"""Reports that a command wrote are found by their patterns; old ones, links, what is no file or too large are not."""

from __future__ import annotations

from sandbox.local.sandbox import LocalSandbox
from sandbox.reports import MAX_BYTES, digests_of, new_files

BEFORE = "mkdir -p a/b; echo old > a/old.xml; echo kept > a/kept.xml; echo secret > ../secret.xml"
AFTER = f"""
echo new > a/b/new.xml; echo changed > a/old.xml; ln -s ../../secret.xml a/link.xml; mkfifo a/fifo.xml; mkdir a/folder.xml
head -c {MAX_BYTES + 1} /dev/zero > a/huge.xml; printf 'no\\nend' > 'a/ü 1.xml'
"""


async def test_new_files_of_the_patterns_come_out_and_nothing_else(unisolated: LocalSandbox) -> None:
    assert (await unisolated.run(["sh", "-ec", BEFORE])).exit_code == 0
    known = await digests_of(unisolated, ["a/**/*.xml"])
    assert len(known) == 2
    assert (await unisolated.run(["sh", "-ec", AFTER])).exit_code == 0

    found = await new_files(unisolated, ["a/**/*.xml", "a/old.xml", "none.xml"], known)

    assert sorted(found) == [b"changed\n", b"new\n", b"no\nend"]
