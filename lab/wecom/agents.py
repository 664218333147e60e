"""Agents who use WeCom's own app beside the product: commands of the lab."""

from collections.abc import Mapping
from typing import Any

from conversations.ids import new_id
from lab.books import Heard
from lab.config import AccountConfig
from lab.wecom.phone import AGENT, WeComPhone
from lab.wecom.sessions import Sessions, State
from lab.world import Command, World

NAME = "ZhangSan"


class Agents:
    """What they can do; each command names the `customer`."""

    def __init__(self, world: World, sessions: Sessions, phone: WeComPhone) -> None:
        self._world = world
        self._sessions = sessions
        self._phone = phone

    def commands(self) -> dict[str, Command]:
        """The names of the commands."""
        return {
            "agent_takes": self._take,
            "agent_ends": self._end,
            "agent_says": self._say,
            "agent_recalls": self._recall,
        }

    def _take(self, account: AccountConfig, asked: Mapping[str, Any]) -> None:
        """Serve a customer, whom the product can then not write to."""
        self._sessions.turn(account.id, str(asked["customer"]), State.AGENT)
        self._tell(account, asked, "session_status_change", change_type=1, new_servicer_userid=NAME)

    def _end(self, account: AccountConfig, asked: Mapping[str, Any]) -> None:
        """End the session; the customer must write first."""
        self._sessions.turn(account.id, str(asked["customer"]), State.ENDED)
        self._tell(account, asked, "session_status_change", change_type=3, old_servicer_userid=NAME)

    def _say(self, account: AccountConfig, asked: Mapping[str, Any]) -> str:
        """Write `text`; its msgid."""
        customer, text = str(asked["customer"]), str(asked["text"])
        entry = self._phone.written(
            account, customer, origin=AGENT, servicer_userid=NAME, msgtype="text", text={"content": text}
        )
        self._world.books.write(
            Heard(
                id=new_id(),
                at=self._world.clock(),
                account=account.id,
                customer=customer,
                kind="agent",
                key=entry["msgid"],
                text=text,
                passive=True,
            )
        )
        self._world.errands.run(self._phone.tell(account, entry, entry["msgid"]))
        return str(entry["msgid"])

    def _recall(self, account: AccountConfig, asked: Mapping[str, Any]) -> None:
        """Take `msgid` back."""
        self._tell(account, asked, "servicer_recall_msg", recall_msgid=str(asked["msgid"]), servicer_userid=NAME)

    def _tell(self, account: AccountConfig, asked: Mapping[str, Any], kind: str, **fields: Any) -> None:
        event = self._phone.event(account, str(asked["customer"]), kind, **fields)
        self._world.errands.run(self._phone.tell(account, event, event["msgid"]))
