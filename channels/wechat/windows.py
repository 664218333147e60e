"""When an account may write to a follower, by what the follower did.

Source: developers.weixin.qq.com/doc/service/en/guide/product/kf/intro.html; five messages since June 2023. Answers
to the request itself (`passive`) are not counted there.
"""

from datetime import timedelta

from channels.contract import Window

MESSAGE, MENU, FOLLOW, SCAN = "message", "menu", "follow", "scan"

_A_MINUTE = timedelta(minutes=1)

WINDOWS = (
    Window(name=MESSAGE, messages=5, lasts=timedelta(hours=48)),
    Window(name=MENU, messages=3, lasts=_A_MINUTE),
    Window(name=FOLLOW, messages=3, lasts=_A_MINUTE),
    Window(name=SCAN, messages=3, lasts=_A_MINUTE),
)
