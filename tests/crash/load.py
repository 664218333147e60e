"""Load while things break: customers who write on all channels, agents who answer and settle."""

import asyncio
from dataclasses import dataclass, field
from itertools import count

import aiohttp

from conversations.ids import new_id
from tests.support.agent import Json
from tests.support.office import Office
from tests.support.visitor import Visitor

CUSTOMERS = 60
A_CROWD = 60
A_SECOND = 12

CROWDED = (
    "wechat",
    "wecom",
    "sms_aliyun",
    "sms_tencent",
    "sms_twilio",
    "sms_smpp",
    "sms_cmpp",
    "telegram",
    "custom",
    "email",
)

VISITORS = 10
PAUSE = 1.5
"""Seconds between what a visitor says: whoever writes 60 times within a minute is refused until it is over."""

TRIES_AGAIN = 0.5


@dataclass
class Work:
    """What the people did."""

    settled: int = 0
    promised: list[str] = field(default_factory=list)


async def crowds(office: Office, stop: asyncio.Event) -> None:
    """Crowd after crowd on every channel of `CROWDED`."""
    accounts = [office.lab.account(kind) for kind in CROWDED]
    asked = {"accounts": accounts, "messages": A_CROWD, "customers": CUSTOMERS, "rate": A_SECOND}
    # Without references a message that comes again, after a process died, may be told from no other one.
    await office.lab.post("command", {"account": office.lab.account("sms_smpp"), "command": "references"})
    async with asyncio.TaskGroup() as tasks:
        for crowd in count():
            if stop.is_set():
                return
            # A crowd ends when its last delivery was given up; the next one does not wait for that.
            tasks.create_task(office.lab.post("crowd", {**asked, "first": crowd * A_CROWD}))
            await asyncio.sleep(A_CROWD / A_SECOND)


async def chat(visitor: Visitor, stop: asyncio.Event) -> None:
    """A visitor who waits for each line to be taken before the next."""
    number = 0
    while not stop.is_set():
        number += 1
        await visitor.say(f"第 {number} 句")
        await asyncio.sleep(PAUSE)


async def serve_customers(office: Office, work: Work, stop: asyncio.Event) -> None:
    """An agent who answers what is assigned to them with two lines, and settles it."""
    me = (await office.agent.get("me"))["id"]
    while not stop.is_set():
        mine = [row for row in office.screen.conversations.values() if row["assignee_id"] == me]
        for row in mine:
            if row["state"] == "assigned":
                await _serve(office, row, work)
        await asyncio.sleep(0.1)


async def _serve(office: Office, row: Json, work: Work) -> None:
    path = f"conversations/{row['id']}"
    for line in ("收到", "马上处理"):
        said = await _do(office, f"{path}/replies", {"text": f"{line} {new_id()}", "files": [], "key": new_id()}, 201)
        if said is not None:
            work.promised.append(said["message"]["id"])
    if await _do(office, f"{path}/resolve", {"reason": "办结"}, 200) is not None:
        work.settled += 1


async def _do(office: Office, path: str, content: Json, good: int) -> Json | None:
    """Do it, again as long as there is no answer; None when it is refused, since somebody was faster."""
    while True:
        try:
            status, said = await office.agent.write(path, content)
        except aiohttp.ClientError:
            await asyncio.sleep(TRIES_AGAIN)
            continue
        if status != 503:
            return said if status == good else None
        await asyncio.sleep(TRIES_AGAIN)
