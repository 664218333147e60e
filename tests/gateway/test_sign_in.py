"""Coming in: only with what was given, only from our own pages, and never by trying often."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from conversations.people import Role
from tests.support.builders import SetClock
from tests.support.gateway import PASSWORD, Browser, Gateway, open_gateway

NEW = "another long password"


async def failed(browser: Browser, login: str, password: str) -> tuple[int, str]:
    """The status and the sentence of a sign-in that does not work."""
    response = await browser.submit("/sign-in", login=login, password=password)
    alert = re.search(r'role="alert">([^<]*)<', await response.text())
    assert alert
    return response.status, alert[1].strip()


async def test_the_right_password_opens_the_inbox(gateway: Gateway) -> None:
    user = await gateway.add_user("ann")
    async with gateway.browser() as browser:
        response = await browser.submit("/sign-in", login="ann", password=PASSWORD)
        cookie = response.headers["Set-Cookie"]
        assert (response.status, response.headers["Location"]) == (303, "/")
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert (await browser.json("/api/v1/me"))["id"] == user.id


async def test_a_wrong_password_says_the_same_for_the_known_and_the_unknown(gateway: Gateway) -> None:
    await gateway.add_user("ann")
    async with gateway.browser() as browser:
        known = await failed(browser, "ann", "not the password")
        unknown = await failed(browser, "bob", "not the password")
    assert known == unknown == (403, "This login and password do not belong together.")


async def test_trying_often_makes_everybody_wait(tmp_path: Path, redis_url: str) -> None:
    """Five wrong passwords, then 30 seconds in which even the right one is not looked at."""
    clock = SetClock()
    async with open_gateway(tmp_path, redis_url, clock=clock) as gateway, gateway.browser() as browser:
        user = await gateway.add_user("ann")
        tries = [await failed(browser, "ann", "wrong") for _ in range(5)]
        locked = await failed(browser, "ann", PASSWORD)
        clock.forward(timedelta(seconds=31))
        await browser.signed_in(user)
    assert {status for status, _ in tries} == {403}
    assert locked == (429, "Too many wrong passwords. Try again in 30 s.")


async def test_looking_at_a_link_does_not_spend_it(gateway: Gateway) -> None:
    user = await gateway.add_user("ann")
    token = await gateway.services.people.invite(user.id)
    async with gateway.browser() as browser:
        looked = await browser.get(f"/sign-in/link/{token}")
        used = await browser.submit(f"/sign-in/link/{token}")
        again = await browser.submit(f"/sign-in/link/{token}")
    assert (looked.status, used.status, used.headers["Location"], again.status) == (200, 303, "/password", 403)


async def test_a_link_ends_the_old_password_and_every_session(gateway: Gateway) -> None:
    user = await gateway.add_user("ann")
    async with gateway.signed_in(user) as before, gateway.browser() as browser:
        token = await gateway.services.people.invite(user.id)
        await browser.submit(f"/sign-in/link/{token}")
        browser.csrf = (await browser.json("/api/v1/me"))["csrf"]
        chosen = await browser.submit("/password", new=NEW, again=NEW)
        assert chosen.headers["Location"] == "/"
        assert (await before.get("/api/v1/me")).status == 401
        assert (await browser.get("/api/v1/me")).status == 200
        async with gateway.browser() as later:
            assert (await failed(later, "ann", PASSWORD))[0] == 403
            await later.signed_in(user, NEW)


async def test_a_link_is_over_after_three_days(tmp_path: Path, redis_url: str) -> None:
    clock = SetClock()
    async with open_gateway(tmp_path, redis_url, clock=clock) as gateway, gateway.browser() as browser:
        user = await gateway.add_user("ann")
        token = await gateway.services.people.invite(user.id)
        clock.forward(timedelta(days=3))
        assert (await browser.submit(f"/sign-in/link/{token}")).status == 403


async def test_a_password_is_changed_with_the_present_one_only(gateway: Gateway) -> None:
    user = await gateway.add_user("ann")
    async with gateway.signed_in(user) as browser:
        guessed = await browser.submit("/password", old="guess", new=NEW, again=NEW)
        short = await browser.submit("/password", old=PASSWORD, new="short", again="short")
        unequal = await browser.submit("/password", old=PASSWORD, new=NEW, again="something else")
        changed = await browser.submit("/password", old=PASSWORD, new=NEW, again=NEW)
    assert [each.status for each in (guessed, short, unequal, changed)] == [409, 409, 409, 303]


async def test_signing_out_ends_the_session(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        cookies = {each.key: each.value for each in browser.http.cookie_jar}
        await browser.submit("/sign-out")
        async with gateway.browser() as thief:
            response = await thief.get("/api/v1/me", cookies=cookies)
            assert response.status == 401


async def test_a_disabled_person_is_out_at_once(gateway: Gateway) -> None:
    admin, agent = await gateway.add_user("admin", Role.ADMIN), await gateway.add_user("ann")
    async with gateway.signed_in(agent) as browser:
        await gateway.services.people.set_enabled(agent.id, False, admin.id)
        assert (await browser.get("/api/v1/me")).status == 401
        assert (await failed(browser, "ann", PASSWORD))[0] == 403


async def test_a_write_needs_the_token_of_its_session(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann")) as browser:
        browser.csrf = "guessed"
        api = await browser.http.put("/api/v1/me/state", json={"state": "ready"}, headers={"X-CSRF": "guessed"})
        form = await browser.submit("/sign-out")
        assert (api.status, form.status) == (403, 403)


async def test_other_sites_cannot_sign_people_in(gateway: Gateway) -> None:
    await gateway.add_user("ann")
    async with gateway.browser() as browser:
        response = await browser.http.post(
            "/sign-in", data={"login": "ann", "password": PASSWORD}, headers={"Origin": "https://evil.example"}
        )
        assert response.status == 403


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/setup/people", "/setup/people"),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
    ],
)
async def test_signing_in_leads_to_our_own_pages_only(gateway: Gateway, wanted: str, goes: str) -> None:
    await gateway.add_user("ann")
    async with gateway.browser() as browser:
        response = await browser.submit("/sign-in", login="ann", password=PASSWORD, next=wanted)
        assert response.headers["Location"] == goes


async def test_behind_tls_the_cookie_is_held_to_this_host(tmp_path: Path, redis_url: str) -> None:
    async with open_gateway(tmp_path, redis_url, public_url="https://chat.example.com") as gateway:
        await gateway.add_user("ann")
        async with gateway.browser() as browser:
            response = await browser.submit("/sign-in", login="ann", password=PASSWORD)
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-huiliu=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert response.headers["Strict-Transport-Security"]


async def test_nobody_gets_anywhere_without_signing_in(gateway: Gateway) -> None:
    async with gateway.browser() as browser:
        page = await browser.get("/setup/people")
        api = await browser.get("/api/v1/conversations")
        assert (page.status, page.headers["Location"]) == (303, "/sign-in?next=/setup/people")
        assert (api.status, api.content_type) == (401, "application/problem+json")


async def test_set_up_is_for_administrators(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("ann", Role.SUPERVISOR)) as browser:
        pages = ["/setup/accounts", "/setup/queues", "/setup/people", "/setup/quarantine"]
        assert [(await browser.get(page)).status for page in pages] == [403] * 4


async def test_every_page_says_what_browsers_may_do_with_it(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        for path in ("/", "/sign-in", "/setup/people", "/nothing/here", "/api/v1/me"):
            headers = (await browser.get(path)).headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe-inline" not in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Cache-Control"] == "no-store"
