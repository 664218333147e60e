"""Set-up pages: small, and what they say happens."""

import html
import re
from pathlib import Path

from conversations.clock import utc_now
from conversations.ids import QuarantineId, new_id
from conversations.people import Role
from storage import accounts, people, quarantine, queues
from storage.quarantine import Quarantined
from tests.gateway.test_webhooks import ALIYUN
from tests.support.gateway import SMS, Gateway, open_gateway

FORM = {f"setting-{name}": value for name, value in ALIYUN.items()}


async def test_an_account_is_connected_by_a_form(gateway: Gateway) -> None:
    """It takes requests at once; its secrets are never shown again."""
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        saved = await browser.submit("/setup/accounts/new/sms_aliyun", name="短信", **FORM)
        address = saved.headers["Location"]
        page = await (await browser.get(address)).text()
        account_id = address.rpartition("/")[2]
        taken = await browser.http.post(f"/webhooks/{account_id}?secret={ALIYUN['callback_secret']}", json=[])
    assert saved.status == 303
    assert f"/webhooks/{account_id}?secret=" in page
    assert ALIYUN["access_key_id"] in page
    assert ALIYUN["callback_secret"] not in page
    assert ALIYUN["access_key_secret"] not in page
    assert taken.status == 200


async def test_every_problem_of_an_account_is_said_at_once(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        response = await browser.submit("/setup/accounts/new/sms_aliyun", **{"setting-country": "CN"})
        page = await response.text()
    assert response.status == 409
    assert all(f"{name}: missing" in page for name in ("name", "access_key_id", "access_key_secret", "sign_name"))


async def test_a_secret_left_empty_stays(gateway: Gateway) -> None:
    await gateway.add_account("ali", "阿里云", "sms_aliyun", **ALIYUN)
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        form = FORM | {"setting-access_key_secret": "", "setting-callback_secret": "", "setting-sign_name": "新签名"}
        saved = await browser.submit("/setup/accounts/ali", name="阿里云", **form)
    services = gateway.services
    found = {each.id: each for each in await services.database.read(accounts.listed, services.vault)}
    assert saved.status == 303
    assert dict(found["ali"].settings) == ALIYUN | {"sign_name": "新签名"}  # type: ignore[index]  # an id is a text


async def test_templates_are_listed_in_a_field_of_several_lines(gateway: Gateway) -> None:
    await gateway.add_account("ali", "阿里云", "sms_aliyun", **ALIYUN)
    listed = "# SMS_1 发货\r\n您的订单${order}已发货。"
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        saved = await browser.submit("/setup/accounts/ali", name="阿里云", **FORM, **{"setting-templates": listed})
        page = await (await browser.get("/setup/accounts/ali")).text()
    endpoint = gateway.services.accounts.get("ali")
    assert endpoint is not None
    assert saved.status == 303
    assert [each.title for each in endpoint.channel.capabilities.registered] == ["发货"]
    assert "# SMS_1 发货\n您的订单${order}已发货。</textarea>" in page.replace("\r", "")


async def test_the_page_of_a_web_chat_says_by_which_mailbox_answers_follow_visitors(gateway: Gateway) -> None:
    await gateway.add_account("chat", "网页", "webchat", site_secret="s" * 16, visitor_secret="v" * 16)
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        without = await (await browser.get("/setup/accounts/chat")).text()
        mail = {"mailbox": "service@bank.example", "smtp_host": "127.0.0.1", "thread_secret": "t" * 16}
        await gateway.add_account("mail", "客服邮箱", "email", **mail)
        with_mail = await (await browser.get("/setup/accounts/chat")).text()
        chat = {"site_secret": "s" * 16, "visitor_secret": "v" * 16, "mails_from": "cards@bank.example"}
        await gateway.add_account("cards", "信用卡", "webchat", **chat)
        with_another = await (await browser.get("/setup/accounts/cards")).text()
    assert "No e-mail account can send for this chat" in without
    assert "by e-mail from 客服邮箱" in with_mail
    assert "No e-mail account can send for this chat" in with_another


async def test_a_check_is_made_now_and_a_paused_account_is_resumed(gateway: Gateway) -> None:
    await gateway.services.database.write(accounts.pause, SMS, "40164 invalid ip", utc_now())
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        paused = await (await browser.get(f"/setup/accounts/{SMS}")).text()
        await browser.submit(f"/setup/accounts/{SMS}/check")
        await browser.submit(f"/setup/accounts/{SMS}/resume")
    services = gateway.services
    (found,) = await services.database.read(accounts.listed, services.vault)
    assert "40164 invalid ip" in paused
    assert found.paused == ""
    assert found.last_ok_at is not None


async def test_a_queue_gets_members(gateway: Gateway) -> None:
    ann = await gateway.add_user("ann")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        await browser.submit("/setup/queues", name="贷款")
        twice = await browser.submit("/setup/queues", name="贷款")
        (queue,) = await gateway.services.database.read(queues.listed)
        await browser.submit(f"/setup/queues/{queue.id}/members", member=ann.id)
    assert twice.status == 409
    assert (await gateway.user(ann)).queue_ids == {queue.id}


async def test_a_new_person_comes_in_by_the_link_that_is_shown_once(gateway: Gateway) -> None:
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        form = {"name": "韩梅梅", "login": "han", "role": "agent", "capacity": "3", "time_zone": "Asia/Shanghai"}
        page = await (await browser.submit("/setup/people", **form)).text()
        twice = await browser.submit("/setup/people", **form)
        later = await (await browser.get("/setup/people")).text()
    (link,) = re.findall(r"/sign-in/link/[\w-]+", page)
    async with gateway.browser() as newcomer:
        response = await newcomer.submit(link)
        me = await newcomer.json("/api/v1/me")
    assert (twice.status, response.status) == (409, 303)
    assert "/sign-in/link/" not in later
    assert (me["name"], me["role"], me["capacity"]) == ("韩梅梅", "agent", 3)


async def test_people_are_kept_out_and_let_in_but_nobody_locks_themselves_out(gateway: Gateway) -> None:
    ann, root = await gateway.add_user("ann"), await gateway.add_user("root", Role.ADMIN)
    async with gateway.signed_in(root) as browser:
        await browser.submit(f"/setup/people/{ann.id}/disable")
        disabled = await gateway.services.database.read(people.get, ann.id)
        await browser.submit(f"/setup/people/{ann.id}/enable")
        enabled = await gateway.services.database.read(people.get, ann.id)
        oneself = await browser.submit(f"/setup/people/{root.id}/disable")
    assert disabled is not None
    assert enabled is not None
    assert (disabled.enabled, enabled.enabled, oneself.status) == (False, True, 409)


def held(body: bytes) -> Quarantined:
    return Quarantined(
        id=QuarantineId(new_id()),
        account_id=SMS,
        received_at=utc_now(),
        method="POST",
        url="https://chat.example.com/webhooks/sms",
        query={},
        headers={"content-type": "application/json"},
        body=body,
        error="DataError: <b>odd</b>",
        trace="trace",
    )


async def test_quarantine_shows_anything_without_harm_and_replays_it(gateway: Gateway) -> None:
    body = b'{"key": "late", "from": "+8613800000001", "text": "<script>alert(1)</script>"}'
    waiting = held(body)
    await gateway.services.database.write(quarantine.add, waiting)
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        page = await (await browser.get(f"/setup/quarantine/{waiting.id}")).text()
        await browser.submit(f"/setup/quarantine/{waiting.id}/replay")
        listed = await browser.json("/api/v1/conversations?view=open")
        again = await browser.submit(f"/setup/quarantine/{waiting.id}/discard")
    assert html.escape("<script>alert(1)</script>") in page
    assert "<script>alert" not in page
    assert [row["preview"] for row in listed["conversations"]] == ["<script>alert(1)</script>"]
    assert again.status == 409


async def test_what_still_cannot_be_read_stays_in_quarantine(gateway: Gateway) -> None:
    waiting = held(b"not JSON")
    await gateway.services.database.write(quarantine.add, waiting)
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        replayed = await browser.submit(f"/setup/quarantine/{waiting.id}/replay")
        download = await browser.get(f"/setup/quarantine/{waiting.id}/body")
        content = await download.read()
        discarded = await browser.submit(f"/setup/quarantine/{waiting.id}/discard")
    assert (replayed.status, discarded.status) == (409, 303)
    assert (content, download.content_type) == (b"not JSON", "application/octet-stream")


async def test_scripts_and_styles_are_kept_by_browsers_for_ever(gateway: Gateway) -> None:
    """Their address changes with their content."""
    async with gateway.browser() as browser:
        page = await (await browser.get("/sign-in")).text()
        (style,) = re.findall(r'href="(/static/[0-9a-f]{12}/pages\.css)"', page)
        response = await browser.get(style)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_pages_speak_the_language_of_the_person(tmp_path: Path, redis_url: str) -> None:
    async with open_gateway(tmp_path, redis_url) as gateway:
        root = await gateway.add_user("root", Role.ADMIN)
        async with gateway.signed_in(root) as browser:
            english = await (await browser.get("/setup/people")).text()
            await browser.submit("/language", language="zh-CN", next="/setup/people")
            chinese = await (await browser.get("/setup/people")).text()
            refused = await browser.submit("/language", language="xx")
    assert ("Add a person" in english, "添加人员" in chinese, refused.status) == (True, True, 409)


async def test_how_a_queue_gives_out_its_work_is_said_in_numbers(gateway: Gateway) -> None:
    queue_id = await gateway.add_queue("贷款")
    form = {
        "grace_seconds": "45",
        "last_agent_minutes": "1440",
        "offer_seconds": "20",
        "pause_seconds": "10",
        "wrap_up_seconds": "60",
    }
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        saved = await browser.submit(f"/setup/queues/{queue_id}/manner", **form)
        refused = [
            await browser.submit(f"/setup/queues/{queue_id}/manner", **form | {"grace_seconds": wrong})
            for wrong in ("-1", "3601", "", "1e3", "٣")
        ]
    (queue,) = await gateway.services.database.read(queues.listed)
    assert saved.status == 303
    assert [each.status for each in refused] == [409] * 5
    assert (queue.grace_seconds, queue.last_agent_minutes, queue.pause_seconds) == (45, 1440, 10)
    assert (queue.offer_seconds, queue.wrap_up_seconds) == (20, 60)


async def test_a_person_pauses_after_each_conversation(gateway: Gateway) -> None:
    mei = await gateway.add_user("mei")
    async with gateway.signed_in(await gateway.add_user("root", Role.ADMIN)) as browser:
        saved = await browser.submit(f"/setup/people/{mei.id}/pause", pause_seconds="5")
        refused = await browser.submit(f"/setup/people/{mei.id}/pause", pause_seconds="3601")
    assert [each.status for each in (saved, refused)] == [303, 409]
    assert (await gateway.user(mei)).pause_seconds == 5
