"""Group commit: many callers, few transactions."""

import asyncio
from collections.abc import Sequence

import pytest

from exchange.group import GroupCommit, Lanes


class Disk:
    """Commits when it is told to, and remembers every group; what is called "bad" cannot be committed."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.may_go = asyncio.Event()

    async def commit(self, items: Sequence[str]) -> None:
        self.groups.append(list(items))
        await self.may_go.wait()
        if "bad" in items:
            raise ValueError("bad")


async def test_what_comes_during_a_commit_goes_together_into_the_next() -> None:
    disk = Disk()
    group = GroupCommit(disk.commit)
    submitted = [asyncio.create_task(group.submit("1"))]
    await asyncio.sleep(0)
    submitted += [asyncio.create_task(group.submit(item)) for item in ("2", "3")]
    await asyncio.sleep(0)
    assert not any(task.done() for task in submitted)
    disk.may_go.set()
    await asyncio.gather(*submitted)
    assert disk.groups == [["1"], ["2", "3"]]


async def test_one_that_cannot_be_committed_fails_alone() -> None:
    disk = Disk()
    disk.may_go.set()
    group = GroupCommit(disk.commit)
    results = await asyncio.gather(*map(group.submit, ("1", "bad", "3")), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), ValueError, type(None)]


async def test_one_lane_keeps_the_order_of_a_key() -> None:
    disk = Disk()
    disk.may_go.set()
    lanes = Lanes(disk.commit, 2)
    said = [str(number) for number in range(20)]
    await asyncio.gather(*(lanes.submit("one sender", item) for item in said))
    assert [item for group in disk.groups for item in group] == said


async def test_a_lane_does_not_wait_for_the_other() -> None:
    disk = Disk()
    lanes = Lanes(disk.commit, 2)
    # Which keys share a lane differs from run to run; of twenty, two surely do not.
    submitted = [asyncio.create_task(lanes.submit(f"sender {number}", str(number))) for number in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert len(disk.groups) == 2
    disk.may_go.set()
    await asyncio.gather(*submitted)
    assert len(disk.groups) == 2


@pytest.mark.parametrize("count", [1, 3])
async def test_every_item_is_committed_once(count: int) -> None:
    disk = Disk()
    disk.may_go.set()
    lanes = Lanes(disk.commit, count)
    await asyncio.gather(*(lanes.submit(str(number % 7), str(number)) for number in range(100)))
    assert sorted(item for group in disk.groups for item in group) == sorted(map(str, range(100)))
