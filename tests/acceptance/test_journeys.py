"""The main job end to end: customers write over the real protocols, an agent answers, the customers say how it was."""

import asyncio

import aiohttp
import pytest

from conversations.ids import new_id
from lab.api import SAMPLE
from tests.support.agent import Json, words
from tests.support.eventually import eventually
from tests.support.office import AGENT, KINDS, QUEUE, WORDS_ONLY, Correspondent, Office

CONTRACT = b"%PDF-1.4\n" + bytes(range(256)) * 40

LEAVING: dict[str, tuple[dict[str, str], str, bool]] = {
    "wechat": ({"event": "unsubscribe"}, "reachable", False),
    "telegram": ({"event": "block"}, "reachable", False),
    "sms_aliyun": ({"text": "TD"}, "opted_out", True),
    "sms_tencent": ({"text": "退订"}, "opted_out", True),
    "sms_twilio": ({"text": "STOP"}, "opted_out", True),
    "sms_smpp": ({"text": "ＴＤ。"}, "opted_out", True),
    "sms_cmpp": ({"text": "T"}, "opted_out", True),
}
"""How customers leave each channel, and what the agent sees of it."""

pytestmark = pytest.mark.asyncio(loop_scope="module")

LADDER = ["pending", "submitting", "accepted", "delivered", "read"]

FARTHEST = {
    "wechat": "accepted",
    "wecom": "accepted",
    "sms_aliyun": "delivered",
    "sms_tencent": "delivered",
    "sms_twilio": "delivered",
    "sms_smpp": "delivered",
    "sms_cmpp": "delivered",
    "email": "accepted",
    "webchat": "read",
    "telegram": "accepted",
    "custom": "delivered",
}
"""How much each channel can ever know about a message of ours."""


@pytest.fixture(scope="module", params=["at_demo", "at_two_gateways"])
def office(request: pytest.FixtureRequest) -> Office:
    """Every journey on both: one command with SQLite, and processes apart with PostgreSQL."""
    office: Office = request.getfixturevalue(request.param)
    return office


def unique(text: str) -> str:
    """Words that nobody said before."""
    return f"{text} {new_id()[-8:]}"


@pytest.mark.parametrize("kind", KINDS)
async def test_a_customer_writes_and_is_answered(office: Office, kind: str) -> None:
    """Stored once, routed by a rule, assigned to the ready agent, on the screen without a reload, and answered."""
    customer, question = await office.customer(kind), unique("你好，我要查一下余额")
    await customer.writes(question, picture=kind not in WORDS_ONLY)
    row = await office.screen.shows_assigned(question)
    assert (row["assignee"], row["queue"], row["kind"]) == (AGENT, QUEUE, kind)

    for answer in (
        unique("您的余额是 100 元"),
        await a_script(office, row, "zh-CN"),
        await a_script(office, row, "en"),
    ):
        await office.reply(row["id"], answer)
        await customer.sees(answer)
        seen = await office.screen.shows_message(answer, FARTHEST[kind])
        states = office.screen.states[seen["id"]]
        assert states == sorted(states, key=lambda state: LADDER.index(str(state)))

    said = (await office.agent.conversation(row["id"]))["messages"]
    assert [words(each) for each in said].count(question) == 1


async def a_script(office: Office, row: Json, language: str) -> str:
    """The greeting in a language, with the agent's name filled in."""
    offered = await office.agent.get(f"conversations/{row['id']}/scripts")
    (greeting,) = [each["body"] for each in offered["scripts"][language] if each["key"] == "greeting"]
    assert AGENT in greeting
    return unique(greeting)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in WORDS_ONLY])
async def test_pictures_go_both_ways(office: Office, kind: str) -> None:
    """The agent sees the very bytes that the customer sent, and the other way round."""
    customer, question = await office.customer(kind), unique("请看图片")
    await customer.writes(question, picture=True)
    row = await office.screen.shows_assigned(question)

    async def picture() -> Json | None:
        said = (await office.agent.conversation(row["id"]))["messages"]
        parts = [part for message in said for part in message["parts"] if part["kind"] == "media"]
        return next((part for part in parts if part["url"]), None)

    assert await office.agent.file((await eventually(picture, "the picture is there"))["url"]) == SAMPLE.read_bytes()
    taken = await office.agent.upload(SAMPLE.read_bytes(), "回执.jpg")
    await office.reply(row["id"], "", files=[taken])
    await customer.sees_picture()


@pytest.mark.parametrize("kind", ["email", "webchat", "telegram", "wecom", "custom"])
async def test_files_reach_the_customer(office: Office, kind: str) -> None:
    """The customer gets the very bytes that the agent sent."""
    customer, question = await office.customer(kind), unique("请发合同")
    await customer.writes(question)
    row = await office.screen.shows_assigned(question)
    taken = await office.agent.upload(CONTRACT, "合同.pdf")
    await office.reply(row["id"], "", files=[taken])
    await customer.sees_file(CONTRACT)


@pytest.mark.parametrize("kind", sorted(LEAVING))
async def test_a_customer_may_leave(office: Office, kind: str) -> None:
    """Whoever leaves or wants no more is shown so; what they ask is still answered where that can be."""
    customer, question = await office.customer(kind), unique("你好")
    assert isinstance(customer, Correspondent)
    await customer.writes(question)
    row = await office.screen.shows_assigned(question)
    what, mark, expected = LEAVING[kind]
    await office.lab.say(kind, customer.name, **what)

    async def is_marked() -> bool:
        (identity,) = (await office.agent.conversation(row["id"]))["identities"]
        return bool(identity[mark]) is expected

    await eventually(is_marked, f"{mark} is {expected}")


async def test_a_reader_of_mail_unsubscribes_with_one_click(office: Office) -> None:
    """What nobody wrote by hand carries the link; looking at it changes nothing, one click without a cookie does."""
    setting = ["account", "set", office.lab.account("email"), "-s", "public_url=https://huiliu.example"]
    await asyncio.to_thread(office.product.command, *setting)
    customer, question = await office.customer("email"), unique("谢谢")
    assert isinstance(customer, Correspondent)
    await customer.writes(question)
    row = await office.screen.shows_assigned(question)
    await office.reply(row["id"], unique("不客气"))
    await office.agent.resolve(row["id"])
    link = f"{office.product.url}{await customer.unsubscribes_at()}"

    async def is_out() -> bool:
        (identity,) = (await office.agent.conversation(row["id"]))["identities"]
        return bool(identity["opted_out"])

    async with aiohttp.ClientSession() as stranger:
        async with stranger.get(link) as page:
            assert (page.status, await is_out()) == (200, False)
        async with stranger.post(link, data={"List-Unsubscribe": "One-Click"}) as done:
            assert (done.status, await is_out()) == (200, True)


async def test_what_a_channel_cannot_carry_is_refused_before_it_is_stored(office: Office) -> None:
    """A picture for a phone that reads SMS: the agent is told so, and nothing is on its way."""
    customer, question = await office.customer("sms_aliyun"), unique("退款什么时候到账")
    await customer.writes(question)
    row = await office.screen.shows_assigned(question)
    taken = await office.agent.upload(SAMPLE.read_bytes(), "回执.jpg")
    status, said = await office.agent.write(
        f"conversations/{row['id']}/replies", {"text": "", "files": [taken], "key": new_id()}
    )
    assert (status, said["detail"]) == (409, "This channel carries no image.")
    assert len((await office.agent.conversation(row["id"]))["messages"]) == 1


async def test_a_settled_matter_is_asked_about(office: Office) -> None:
    """The survey comes on the customer's channel; a tap or a digit is the score, and the matter stays settled."""
    await asyncio.gather(*(settle_and_rate(office, kind, place % 5 + 1) for place, kind in enumerate(KINDS)))


async def settle_and_rate(office: Office, kind: str, score: int) -> None:
    """One customer's matter from the first word to the score."""
    customer, question = await office.customer(kind), unique("谢谢")
    await customer.writes(question)
    row = await office.screen.shows_assigned(question)
    answer = unique("不客气")
    await office.reply(row["id"], answer)
    await customer.sees(answer)
    await office.agent.resolve(row["id"])
    await customer.rates(score)
    await office.screen.shows(id=row["id"], state="resolved", score=score)
    (invitation,) = (await office.agent.conversation(row["id"]))["invitations"]
    assert (invitation["state"], invitation["score"]) == ("answered", score)


async def test_one_person_on_two_channels_is_one_contact(office: Office) -> None:
    """From the web chat with a phone that the site vouches for, then by SMS from that phone: one timeline."""
    made = await office.lab.post("customers", {"name": unique("李雷")})
    visitor = await office.visitor(user=new_id(), name=made["name"], phone=made["phone"])
    first, second = unique("网页上问"), unique("短信里问")
    await visitor.say(first)
    await office.lab.say("sms_aliyun", made["name"], text=second)
    row = (await office.screen.shows_message(second))["conversation_id"]
    whole = await office.agent.conversation(row)
    assert [words(message) for message in whole["messages"]] == [first, second]
    assert {identity["scheme"] for identity in whole["identities"]} >= {"web", "tel"}
    assert whole["contact"]["name"] == made["name"]
