"""What people check before a shift, and when."""

from pathlib import Path

from conversations.people import Role
from tests.support.builders import NOW, SetClock
from tests.support.gateway import PASSWORD, open_gateway


async def test_whoever_signs_in_ticks_off_the_list_first(tmp_path: Path, redis_url: str) -> None:
    """The clock stands at 12:00:00 in Shanghai."""
    async with open_gateway(tmp_path, redis_url, clock=SetClock()) as gateway:
        ann = await gateway.add_user("ann", state_since=NOW)
        boss = await gateway.add_user("boss", Role.SUPERVISOR, state_since=NOW)
        async with gateway.signed_in(boss) as browser:
            assert (await browser.submit("/checklist/items", items="headset\nheadset")).status == 409
            assert (await browser.submit("/checklist/items", items="headset\n\n notices ")).status == 303
        async with gateway.browser() as browser:
            first = await browser.submit("/sign-in", login=ann.login, password=PASSWORD)
            browser.csrf = (await browser.json("/api/v1/me"))["csrf"]
            for item in ("headset", "notices", "notices"):
                assert (await browser.submit("/checklist", item=item)).status == 303
            assert (await browser.submit("/checklist", item="shoes")).status == 409
            assert (await browser.submit("/checklist/items", items="")).status == 403
            again = await browser.submit("/sign-in", login=ann.login, password=PASSWORD)
        async with gateway.signed_in(boss) as browser:
            hours = await (await browser.get("/hours")).text()
        assert (first.headers["Location"], again.headers["Location"]) == ("/checklist", "/")
        assert hours.count("✓ 12:00:00 headset") == hours.count("✓ 12:00:00 notices") == 1
