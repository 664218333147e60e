"""The app on the customers' phones: what they do there is posted to the product, signed."""

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from conversations.ids import new_id
from lab.books import Said
from lab.config import AccountConfig
from lab.custom.signing import sign
from lab.media import sniff
from lab.webhook import Post, Push
from lab.world import CannotSay, Delivery, Saying, World


class AppPhone:
    """What customers do in the app."""

    def __init__(self, world: World) -> None:
        self._world = world

    def say(self, saying: Saying) -> tuple[Said, Delivery]:
        """Write down what a customer did, and post it."""
        if saying.event:
            raise CannotSay("nobody follows or leaves in this app")
        said = self._said(saying)
        told = self._told(saying, said)
        self._world.books.write(said)
        return said, push_signed(self._world, saying.account, said.id, orjson.dumps(told))

    def _said(self, saying: Saying) -> Said:
        content = saying.picture or saying.file
        name = new_id()
        return Said(
            id=name,
            at=self._world.clock(),
            account=saying.account.id,
            customer=saying.customer,
            kind=_kind(saying),
            key=f"app-{name}",
            text=saying.text,
            medium=self._world.media.keep(saying.account.id, content).id if content else "",
            choice=saying.choice,
        )

    def _told(self, saying: Saying, said: Said) -> Mapping[str, Any]:
        told = {"id": said.key, "from": saying.customer, "name": saying.customer, "at": said.at.isoformat()}
        told |= {"text": saying.text} if saying.text and not saying.choice else {}
        return {**told, **_more(saying, said, f"{self._world.config.public_url}/lab/media/{said.medium}")}


async def push_signed(world: World, account: AccountConfig, about: str, body: bytes) -> None:
    """Post to the product until it is content, each time with a new signature."""
    timings = world.config.timings

    def compose() -> Post:
        headers = sign(account.settings["secret"], body, world.clock())
        return Post(url=world.config.webhook(account.id), content_type="application/json", body=body, headers=headers)

    await world.webhooks.push(
        Push(
            about=about,
            compose=compose,
            content=lambda status, _body: 200 <= status < 300,
            deadline=timings.callback_deadline,
            pauses=timings.callback_pauses,
            thrice=world.manners["custom"].thrice,
        )
    )


def _kind(saying: Saying) -> str:
    if saying.choice:
        return "choice"
    if saying.picture:
        return "image"
    if saying.file:
        return "file"
    if not (saying.place or saying.text):
        raise CannotSay("an empty message cannot be sent")
    return "location" if saying.place else "text"


def _more(saying: Saying, said: Said, address: str) -> Mapping[str, Any]:
    match said.kind:
        case "choice":
            return {"choice": {"id": saying.choice, "label": saying.text}}
        case "image":
            picture = {"url": address, "name": "picture", "mime": sniff(saying.picture)}
            return {"attachments": [picture]}
        case "file":
            content = base64.b64encode(saying.file).decode()
            return {"attachments": [{"base64": content, "name": saying.file_name, "mime": "application/octet-stream"}]}
        case "location" if saying.place:
            return {"location": {"latitude": saying.place[0], "longitude": saying.place[1]}}
        case _:
            return {}
