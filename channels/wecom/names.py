"""What customers call themselves: WeCom tells it on demand, not with their messages."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from channels.wecom.api import Page, WeComApi
from conversations.errors import SendError

log = logging.getLogger(__name__)

NAMES = "names"
"""Where names are added to a page, by `external_userid`."""

AT_ONCE = 100
MOST_KNOWN = 10_000


class Names:
    """Asked for once each, and remembered while somebody listens."""

    def __init__(self, api: WeComApi) -> None:
        self._api = api
        self._known: dict[str, str] = {}

    async def add_to(self, page: Page) -> Page:
        """The page with the names of whoever wrote on it; without those that cannot be had now."""
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        writers = list(dict.fromkeys(filter(None, map(_writer, page.entries))))
        await self._learn([userid for userid in writers if userid not in self._known])
        names = {userid: self._known[userid] for userid in writers if self._known.get(userid)}
        return _with(page, names) if names else page

    async def _learn(self, userids: list[str]) -> None:
        try:
            for start in range(0, len(userids), AT_ONCE):
                asked = userids[start : start + AT_ONCE]
                self._known |= {**dict.fromkeys(asked, ""), **await self._api.nicknames(asked)}
        except SendError as error:
            log.info("the names of %d customers are not known: %s", len(userids), error)


def names_on(page: Mapping[str, Any]) -> Mapping[str, str]:
    """The names that were added to a page."""
    names = page.get(NAMES)
    return {str(userid): str(name) for userid, name in names.items()} if isinstance(names, dict) else {}


def _writer(entry: Any) -> str:
    """The customer who wrote this entry, if one did."""
    if not isinstance(entry, dict) or entry.get("origin") != 3:
        return ""
    userid = entry.get("external_userid")
    return userid if isinstance(userid, str) else ""


def _with(page: Page, names: Mapping[str, str]) -> Page:
    body = orjson.dumps({**orjson.loads(page.request.body), NAMES: names})
    return replace(page, request=replace(page.request, body=body))
