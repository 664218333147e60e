"""WeChat as the product meets it: it signs, encrypts, repeats itself, and refuses by its own codes."""

import asyncio
import json
from datetime import timedelta
from io import BytesIO

import aiohttp
import pytest

from lab.api import SAMPLE
from lab.books import Answered, Heard, Outcome, Refused
from lab.people import openid_of
from lab.sealed import SafeMode, signature
from lab.wechat.push import original_id
from lab.wechat.xml import read, render
from tests.lab.product import AES_KEY, WECHAT, Lab, Webhook

APP_ID = WECHAT["app_id"]


async def token(lab: Lab, **changes: object) -> dict[str, object]:
    asked = {"grant_type": "client_credential", "appid": APP_ID, "secret": "secret", **changes}
    async with lab.http.post("/wechat/cgi-bin/stable_token", json=asked) as response:
        answer: dict[str, object] = await response.json()
        return answer


async def send(lab: Lab, message: object, *, access_token: object = None) -> int:
    value = access_token if access_token is not None else (await token(lab))["access_token"]
    data = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()
    path = f"/wechat/cgi-bin/message/custom/send?access_token={value}"
    async with lab.http.post(path, data=data) as response:
        assert response.status == 200
        return int((await response.json())["errcode"])


def openid(lab: Lab) -> str:
    return openid_of(APP_ID, lab.world.people.named("李雷"))


def text(lab: Lab, words: str = "您好") -> dict[str, object]:
    return {"touser": openid(lab), "msgtype": "text", "text": {"content": words}}


def heard(lab: Lab) -> list[str]:
    return [entry.text for entry in lab.world.books if isinstance(entry, Heard)]


def message_in(webhook: Webhook) -> dict[str, str]:
    """What the product can read: the encrypted part where there is one."""
    fields = read(webhook.body)
    if "Encrypt" not in fields:
        return fields
    app_id = {"safe": APP_ID, "compat": "wxcompat"}[webhook.account]
    return read(SafeMode(AES_KEY, app_id).decrypt(fields["Encrypt"]))


# --- what it pushes


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
async def test_a_push_is_signed_and_readable(lab: Lab, mode: str) -> None:
    await lab.say(mode, text="余额多少？")
    (webhook,) = lab.product.requests
    query = webhook.query
    assert query["signature"] == signature("spamtest", query["timestamp"], query["nonce"])
    message = message_in(webhook)
    assert (message["MsgType"], message["Content"]) == ("text", "余额多少？")
    assert message["CreateTime"] == str(int(lab.clock().timestamp()))


@pytest.mark.parametrize(("mode", "visible"), [("plain", True), ("compat", True), ("safe", False)])
async def test_only_safe_mode_hides_the_words(lab: Lab, mode: str, visible: bool) -> None:
    await lab.say(mode, text="余额多少？")
    (webhook,) = lab.product.requests
    assert ("Content" in read(webhook.body)) is visible
    assert ("encrypt_type" in webhook.query) is (mode != "plain")


async def test_the_encrypted_part_has_a_signature_of_its_own(lab: Lab) -> None:
    await lab.say("safe", text="你好")
    (webhook,) = lab.product.requests
    query = webhook.query
    encrypted = read(webhook.body)["Encrypt"]
    assert query["msg_signature"] == signature("spamtest", query["timestamp"], query["nonce"], encrypted)


async def test_a_picture_can_be_fetched_by_its_media_id(lab: Lab) -> None:
    await lab.say("safe", image="sample")
    message = message_in(lab.product.requests[0])
    access = (await token(lab))["access_token"]
    path = f"/wechat/cgi-bin/media/get?access_token={access}&media_id={message['MediaId']}"
    async with lab.http.get(path) as response:
        assert (response.content_type, await response.read()) == ("image/jpeg", SAMPLE.read_bytes())


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ({"place": [31.2, 121.5], "text": "外滩"}, {"MsgType": "location", "Location_X": "31.2", "Label": "外滩"}),
        ({"choice": "5", "text": "满意"}, {"MsgType": "text", "Content": "满意", "bizmsgmenuid": "5"}),
        ({"event": "unsubscribe"}, {"MsgType": "event", "Event": "unsubscribe"}),
    ],
)
async def test_what_a_follower_does_has_wechats_words(
    lab: Lab, act: dict[str, object], expected: dict[str, str]
) -> None:
    await lab.say("plain", **act)
    message = message_in(lab.product.requests[0])
    assert {name: message[name] for name in expected} == expected


async def test_an_unanswered_push_comes_three_times_with_one_id(lab: Lab) -> None:
    lab.product.answers = [1.0, (503, b""), (200, b"<html>"), (200, b"success")]
    answers = (await lab.say("safe", text="在吗"))["answers"]
    assert isinstance(answers, list)
    assert [answer["outcome"] for answer in answers] == ["timed_out", "refused", "refused"]
    assert len({message_in(webhook)["MsgId"] for webhook in lab.product.requests}) == 1
    assert len({webhook.query["nonce"] for webhook in lab.product.requests}) == 3


async def test_an_answered_push_is_not_repeated(lab: Lab) -> None:
    lab.product.answers = [(500, b""), (200, b"")]
    await lab.say("safe", text="在吗")
    assert [e.outcome for e in lab.world.books if isinstance(e, Answered)] == [Outcome.REFUSED, Outcome.TAKEN]


async def test_told_to_repeat_everything_it_delivers_three_times_whatever_the_answer(lab: Lab) -> None:
    await lab.misbehave("wechat", thrice=True)
    await lab.say("safe", text="在吗")
    assert len({message_in(webhook)["MsgId"] for webhook in lab.product.requests}) == 1
    assert len(lab.product.requests) == 3


def reply(lab: Lab, account: str = "plain", **fields: object) -> bytes:
    """An answer that is a message."""
    app_id = {"safe": APP_ID, "plain": "wxplain"}[account]
    follower = openid_of(app_id, lab.world.people.named("李雷"))
    service = original_id(lab.world.config.account(account))
    return render({"ToUserName": follower, "FromUserName": service, "CreateTime": 1, "MsgType": "text", **fields})


async def test_a_passive_reply_reaches_the_phone(lab: Lab) -> None:
    lab.product.answers = [(200, reply(lab, Content="请稍候"))]
    await lab.say("plain", text="在吗")
    assert heard(lab) == ["请稍候"]


async def test_a_passive_reply_in_safe_mode_must_be_encrypted(lab: Lab) -> None:
    plain = reply(lab, "safe", Content="请稍候")
    encrypted = SafeMode(AES_KEY, APP_ID).encrypt(plain)
    signed = {"Encrypt": encrypted, "MsgSignature": signature("spamtest", "1", "n", encrypted)}
    lab.product.answers = [(200, plain), (200, render({**signed, "TimeStamp": 1, "Nonce": "n"}))]
    await lab.say("safe", text="在吗")
    assert [e.outcome for e in lab.world.books if isinstance(e, Answered)] == [Outcome.REFUSED, Outcome.TAKEN]
    assert heard(lab) == ["请稍候"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"ToUserName": "somebody else", "Content": "您好"},
        {"FromUserName": "gh_of_others", "Content": "您好"},
        {"CreateTime": "now", "Content": "您好"},
        {"Content": ""},
        {"Content": "好" * 683},
        {"MsgType": "hologram"},
        {"MsgType": "image", "Image": {"MediaId": "nowhere"}},
        {"MsgType": "news", "ArticleCount": 2, "Articles": {"item": {}}},
    ],
)
async def test_a_passive_reply_is_checked(wrong: dict[str, object], lab: Lab) -> None:
    lab.product.answers = [(200, reply(lab, "plain", **wrong)), (200, b"success")]
    await lab.say("plain", text="在吗")
    assert [e.outcome for e in lab.world.books if isinstance(e, Answered)] == [Outcome.REFUSED, Outcome.TAKEN]
    assert heard(lab) == []


async def test_an_article_and_a_picture_can_be_the_reply(lab: Lab) -> None:
    article = {"Title": "利率", "Description": "今天", "PicUrl": "", "Url": "https://bank.example"}
    medium = lab.world.media.keep("plain", SAMPLE.read_bytes())
    lab.product.answers = [
        (200, reply(lab, MsgType="news", ArticleCount=1, Articles={"item": article})),
        (200, reply(lab, MsgType="image", Image={"MediaId": medium.id})),
    ]
    await lab.say("plain", text="在吗")
    await lab.say("plain", text="在吗")
    seen = [(e.kind, e.text, e.medium) for e in lab.world.books if isinstance(e, Heard)]
    assert seen == [("news", "利率\n今天\nhttps://bank.example", ""), ("image", "", medium.id)]


async def test_deliveries_that_are_answered_differently_are_in_the_books(lab: Lab) -> None:
    await lab.misbehave("wechat", thrice=True)
    lab.product.answers = [(200, b"success"), (200, reply(lab, Content="请稍候"))]
    await lab.say("plain", text="在吗")
    assert [e.text for e in lab.world.books if isinstance(e, Refused)] == ["deliveries were answered differently"]


async def test_a_passive_reply_costs_nothing(lab: Lab) -> None:
    lab.product.answers = [(200, reply(lab, "plain", Content="请稍候")), (200, b"success")]
    await lab.say("plain", text="在吗")
    await lab.say("safe", text="在吗")
    assert [await send(lab, text(lab)) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]


# --- tokens


async def test_the_same_token_until_five_minutes_before_its_end(lab: Lab) -> None:
    first = await token(lab)
    lab.clock.move(timedelta(minutes=114))
    assert await token(lab) == {"access_token": first["access_token"], "expires_in": 360}
    lab.clock.move(timedelta(minutes=1))
    assert (await token(lab))["access_token"] != first["access_token"]


async def test_a_renewed_token_leaves_the_old_one_five_minutes(lab: Lab) -> None:
    await lab.say("safe", text="你好")
    old = (await token(lab))["access_token"]
    lab.clock.move(timedelta(minutes=116))
    await token(lab)
    assert await send(lab, text(lab), access_token=old) == 0
    lab.clock.move(timedelta(minutes=4))
    assert await send(lab, text(lab), access_token=old) == 42001


async def test_a_forced_refresh_kills_the_old_token_at_once_and_is_rationed(lab: Lab) -> None:
    old = (await token(lab))["access_token"]
    assert (await token(lab, force_refresh=True))["access_token"] != old
    assert await send(lab, text(lab), access_token=old) == 40001
    assert (await token(lab, force_refresh=True))["errcode"] == 45011
    for _ in range(19):
        lab.clock.move(timedelta(seconds=31))
        assert "access_token" in await token(lab, force_refresh=True)
    lab.clock.move(timedelta(seconds=31))
    assert (await token(lab, force_refresh=True))["errcode"] == 45009


@pytest.mark.parametrize(
    ("wrong", "code"), [({"appid": "wx0"}, 40013), ({"secret": "no"}, 40125), ({"grant_type": "x"}, 40002)]
)
async def test_wrong_credentials_get_no_token(lab: Lab, wrong: dict[str, object], code: int) -> None:
    assert (await token(lab, **wrong))["errcode"] == code


@pytest.mark.parametrize(("value", "code"), [("", 41001), ("short", 40014), ("a" * 136, 40001)])
async def test_a_bad_token_is_refused(lab: Lab, value: str, code: int) -> None:
    assert await send(lab, text(lab), access_token=value) == code


@pytest.mark.parametrize(("how", "code"), [("kill", 40001), ("expire", 42001), ("distrust", 40001)])
async def test_a_token_can_be_spoilt(lab: Lab, how: str, code: int) -> None:
    value = (await token(lab))["access_token"]
    async with lab.http.post("/lab/api/command", json={"account": "safe", "command": f"{how}_token"}) as response:
        assert response.status == 200
    assert await send(lab, text(lab), access_token=value) == code


# --- what the product may send


async def test_five_messages_in_48_hours_after_the_followers_own(lab: Lab) -> None:
    assert await send(lab, text(lab)) == 45015
    await lab.say("safe", text="你好")
    assert [await send(lab, text(lab)) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    await lab.say("safe", text="还在吗")
    assert await send(lab, text(lab)) == 0
    lab.clock.move(timedelta(hours=48))
    assert await send(lab, text(lab)) == 45015


async def test_three_messages_in_a_minute_after_a_tap(lab: Lab) -> None:
    await lab.say("safe", choice="5", text="满意")
    assert [await send(lab, text(lab)) for _ in range(4)] == [0, 0, 0, 45047]
    lab.clock.move(timedelta(minutes=1))
    assert await send(lab, text(lab)) == 45015


async def test_whoever_left_cannot_be_written_to(lab: Lab) -> None:
    await lab.say("safe", text="你好")
    await lab.say("safe", event="unsubscribe")
    assert await send(lab, text(lab)) == 45015


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"touser": "o-nobody"}, 40003),
        ({"msgtype": "hologram"}, 40008),
        ({"text": {"content": ""}}, 44004),
        ({"text": "您好"}, 47001),
        ({"text": {"content": "好" * 682 + "ab"}}, 0),  # 3 * 682 + 2 = 2048 bytes
        ({"text": {"content": "好" * 683}}, 45002),  # 3 * 683 = 2049 bytes
        ({"msgtype": "image", "image": {"media_id": "gone"}}, 40007),
        ({"msgtype": "msgmenu", "msgmenu": {"list": [{"id": "1"}]}}, 47001),
    ],
)
async def test_content_is_checked(lab: Lab, change: dict[str, object], code: int) -> None:
    await lab.say("safe", text="你好")
    assert await send(lab, {**text(lab), **change}) == code


async def test_customers_see_escapes_as_they_are(lab: Lab) -> None:
    """JSON may escape anything, but WeChat does not understand it; a backslash in the words is none."""
    await lab.say("safe", text="你好")
    await send(lab, json.dumps(text(lab, "您")).encode())
    await send(lab, text(lab, "C:\\users"))
    assert heard(lab) == ["\\u60a8", "C:\\users"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff"])
async def test_bad_json_is_refused(lab: Lab, body: bytes) -> None:
    assert await send(lab, body) == 47001


async def test_a_menu_is_shown_with_its_options(lab: Lab) -> None:
    await lab.say("safe", text="谢谢")
    menu = {"head_content": "满意吗？", "list": [{"id": "1", "content": "满意"}], "tail_content": ""}
    assert await send(lab, {"touser": openid(lab), "msgtype": "msgmenu", "msgmenu": menu}) == 0
    async with lab.http.get("/lab/api/phone?account=safe&customer=李雷") as response:
        seen = (await response.json())[-1]
    assert (seen["text"], seen["options"]) == ("满意吗？", [{"id": "1", "label": "满意"}])


async def upload(lab: Lab, content: bytes, *, type: str = "image") -> dict[str, object]:
    form = aiohttp.FormData()
    form.add_field("media", BytesIO(content), filename="a.jpg")
    access = (await token(lab))["access_token"]
    async with lab.http.post(f"/wechat/cgi-bin/media/upload?access_token={access}&type={type}", data=form) as response:
        answer: dict[str, object] = await response.json()
        return answer


async def test_an_uploaded_picture_can_be_sent_for_three_days(lab: Lab) -> None:
    media_id = (await upload(lab, SAMPLE.read_bytes()))["media_id"]
    picture = {"touser": openid(lab), "msgtype": "image", "image": {"media_id": media_id}}
    await lab.say("safe", text="你好")
    assert await send(lab, picture) == 0
    lab.clock.move(timedelta(days=3, seconds=1))
    await lab.say("safe", text="你好")
    assert await send(lab, picture) == 40007


@pytest.mark.parametrize(
    ("content", "type", "code"),
    [(b"", "image", 41005), (b"MZ program", "image", 40004), (b"\x89PNG", "thumb", 40004)],
)
async def test_an_upload_is_checked(lab: Lab, content: bytes, type: str, code: int) -> None:
    assert (await upload(lab, content, type=type))["errcode"] == code


async def test_an_upload_over_ten_megabytes_is_refused(lab: Lab) -> None:
    assert (await upload(lab, b"\x89PNG" + bytes(10 * 1024 * 1024)))["errcode"] == 45001


# --- how it misbehaves


@pytest.mark.parametrize("answers", ["cut", "lost"])
async def test_a_dropped_line_leaves_the_product_in_doubt(lab: Lab, answers: str) -> None:
    await lab.say("safe", text="你好")
    access = (await token(lab))["access_token"]
    await lab.misbehave("wechat", answers=answers)
    with pytest.raises(aiohttp.ClientError):
        await send(lab, text(lab), access_token=access)
    assert heard(lab) == (["您好"] if answers == "lost" else [])


@pytest.mark.parametrize(("answers", "status"), [("error", 500), ("html", 502)])
async def test_an_outage_takes_nothing_over(lab: Lab, answers: str, status: int) -> None:
    await lab.misbehave("wechat", answers=answers)
    async with lab.http.post("/wechat/cgi-bin/stable_token", json={}) as response:
        assert response.status == status


async def test_a_busy_wechat_says_so_inside_http_200(lab: Lab) -> None:
    await lab.misbehave("wechat", answers="busy")
    assert (await token(lab))["errcode"] == -1


async def test_a_slow_wechat_answers_in_the_end(lab: Lab) -> None:
    await lab.misbehave("wechat", answers="slow", seconds=0.05)
    started = asyncio.get_running_loop().time()
    assert "access_token" in await token(lab)
    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_refusals_are_in_the_books(lab: Lab) -> None:
    await send(lab, text(lab))
    assert [entry.code for entry in lab.world.books if isinstance(entry, Refused)] == ["45015"]
