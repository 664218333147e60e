"""What followers do on the lab's WeChat, understood by the product's channel; what the channel does, seen by them."""

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from channels.wechat.menu import Button
from conversations.errors import Misconfigured, ProviderUnavailable, Rejected, SendError, WindowClosed
from conversations.ids import DeliveryId
from conversations.inbound import ContactChange, ContactChanged, InboundMessage, Unknown
from conversations.parts import Choice, Link, Media, MediaType, Menu, Option, Part, Text
from lab.api import SAMPLE
from lab.books import Answered, Outcome
from tests.lab.product import Lab
from tests.lab.wechat_side import Side, wechat_side

AMR = b"#!AMR\n" + bytes(64)
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(64)
BUTTONS = (
    Button(name="余额", key="BALANCE"),
    Button(
        name="服务",
        buttons=(
            Button(name="官网", type="view", url="https://bank.example"),
            Button(name="扫码", type="scancode_waitmsg", key="SCAN"),
        ),
    ),
)


@pytest.fixture
async def side(lab: Lab) -> AsyncIterator[Side]:
    async with wechat_side(lab) as made:
        yield made


def in_base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


async def message(side: Side, **what: object) -> InboundMessage:
    (event,) = (await side.says(**what)).events
    assert isinstance(event, InboundMessage)
    return event


# --- the menu and codes


async def test_a_menu_that_was_published_can_be_tapped(side: Side) -> None:
    await side.channel.api.publish_menu(BUTTONS)
    tap = await message(side, event="click", choice="BALANCE")
    assert (tap.parts, tap.opens) == ((Choice("BALANCE"),), "menu")
    scan = await message(side, event="scancode_waitmsg", choice="SCAN", text="https://bank.example/card/1")
    assert scan.parts == (Choice("SCAN", "https://bank.example/card/1"),)
    (page,) = (await side.says(event="view", text="https://bank.example")).events
    assert isinstance(page, Unknown)


async def test_a_button_that_is_not_there_cannot_be_tapped(side: Side) -> None:
    await side.channel.api.publish_menu(BUTTONS)
    assert "no such button" in await side.cannot(event="click", choice="RATES")
    await side.channel.api.remove_menu()
    assert "no such button" in await side.cannot(event="click", choice="BALANCE")


@pytest.mark.parametrize(
    ("buttons", "code"),
    [
        ((), "40016"),
        ((Button(name="一", key="1"),) * 4, "40016"),
        ((Button(name="一", type="hologram", key="1"),), "40017"),
        ((Button(name="很长很长的按钮", key="1"),), "40018"),
        ((Button(name="一"),), "40019"),
        ((Button(name="一", type="view"),), "40020"),
        ((Button(name="一", buttons=(Button(name="二", key="1"),) * 6),), "40023"),
    ],
)
async def test_a_menu_is_checked(buttons: tuple[Button, ...], code: str, side: Side) -> None:
    with pytest.raises(Rejected) as caught:
        await side.channel.api.publish_menu(buttons)
    assert caught.value.code == code


async def test_a_code_tells_where_it_hangs(side: Side) -> None:
    await side.channel.api.make_scene_code("branch:浦东")
    scan = await message(side, event="scan", choice="branch:浦东")
    assert (scan.parts, scan.opens) == ((Choice("branch:浦东"),), "scan")


async def test_a_code_has_a_picture(side: Side) -> None:
    code = await side.channel.api.make_scene_code("branch:浦东")
    assert (await side.channel.api.picture_of(code)).startswith(b"\xff\xd8\xff")
    with pytest.raises(ProviderUnavailable):
        await side.channel.api.picture_of(replace(code, picture=code.picture + "x"))


async def test_whoever_does_not_follow_yet_follows_by_the_code(side: Side) -> None:
    await side.channel.api.make_scene_code("branch:浦东", None)
    await side.says(event="unsubscribe")
    (event,) = (await side.says(event="scan", choice="branch:浦东")).events
    assert isinstance(event, ContactChanged)
    assert (event.change, event.detail, event.opens) == (ContactChange.FOLLOWED, "branch:浦东", "follow")


async def test_a_code_ends(side: Side) -> None:
    await side.channel.api.make_scene_code("door", timedelta(hours=1))
    side.lab.clock.move(timedelta(hours=1))
    assert "expired" in await side.cannot(event="scan", choice="door")


@pytest.mark.parametrize(("scene", "lasts"), [("", None), ("x" * 65, None), ("a", timedelta(days=31))])
async def test_a_code_is_checked(scene: str, lasts: timedelta | None, side: Side) -> None:
    with pytest.raises(Rejected):
        await side.channel.api.make_scene_code(scene, lasts)
    assert side.refused() == ["40053"]


# --- windows


@pytest.mark.parametrize("what", [{"event": "click", "choice": "BALANCE"}, {"event": "scan", "choice": "door"}])
async def test_each_tap_opens_a_minute_for_three(what: dict[str, str], side: Side) -> None:
    await side.channel.api.publish_menu(BUTTONS)
    await side.channel.api.make_scene_code("door")
    await side.says(**what)
    for _ in range(3):
        await side.sends(Text("您好"))
    with pytest.raises(WindowClosed) as caught:
        await side.sends(Text("您好"))
    assert caught.value.code == "45047"
    side.lab.clock.move(timedelta(minutes=1))
    with pytest.raises(WindowClosed) as caught:
        await side.sends(Text("您好"))
    assert caught.value.code == "45015"


async def test_taps_add_to_what_a_message_allows(side: Side) -> None:
    """Five for the message, three for the tap, three for the code."""
    await side.channel.api.publish_menu(BUTTONS)
    await side.channel.api.make_scene_code("door")
    await side.says(text="你好")
    await side.says(event="click", choice="BALANCE")
    await side.says(event="scan", choice="door")
    for _ in range(11):
        await side.sends(Text("您好"))
    with pytest.raises(WindowClosed):
        await side.sends(Text("您好"))


@pytest.mark.parametrize(
    "what", [{"event": "view", "text": "https://bank.example"}, {"event": "report_place", "place": [31.2, 121.5]}]
)
async def test_a_page_and_a_place_open_nothing(what: dict[str, object], side: Side) -> None:
    await side.channel.api.publish_menu(BUTTONS)
    (event,) = (await side.says(**what)).events
    assert isinstance(event, Unknown)
    with pytest.raises(WindowClosed):
        await side.sends(Text("您好"))


# --- files


async def test_a_voice_comes_with_what_wechat_understood(side: Side) -> None:
    voice, words = (await message(side, file=in_base64(AMR), text="我要查余额")).parts
    assert isinstance(voice, Media)
    assert (voice.mime, words) == ("audio/amr", Text("我要查余额"))
    fetched = await side.channel.fetch_media(voice)
    assert (fetched.content, fetched.mime) == (AMR, "audio/amr")


async def test_a_video_is_fetched_in_two_steps(side: Side) -> None:
    (video,) = (await message(side, file=in_base64(MP4))).parts
    assert isinstance(video, Media)
    fetched = await side.channel.fetch_media(video)
    assert (fetched.content, fetched.mime) == (MP4, "video/mp4")


async def test_files_are_gone_after_three_days(side: Side) -> None:
    (video,) = (await message(side, file=in_base64(MP4))).parts
    assert isinstance(video, Media)
    side.lab.clock.move(timedelta(days=3, seconds=1))
    with pytest.raises(Rejected, match="3 days"):
        await side.channel.fetch_media(video)


async def test_a_phone_sends_no_other_files(side: Side) -> None:
    assert "AMR" in await side.cannot(file=in_base64(b"%PDF-1.7"))


@pytest.mark.parametrize(
    ("part", "content", "kind"),
    [
        (Media(MediaType.IMAGE, mime="image/jpeg"), SAMPLE.read_bytes(), "image"),
        (Media(MediaType.VOICE, mime="audio/amr"), AMR, "voice"),
        (Media(MediaType.VOICE, mime="audio/mpeg"), b"ID3" + bytes(64), "voice"),
        (Media(MediaType.VIDEO, mime="video/mp4", name="开户"), MP4, "video"),
    ],
    ids=["picture", "voice", "MP3", "video"],
)
async def test_files_reach_the_phone(part: Media, content: bytes, kind: str, side: Side) -> None:
    await side.says(text="你好")
    digest = side.files.keep(content)
    await side.sends(Media(part.type, name=part.name, mime=part.mime, size=len(content), digest=digest))
    (seen,) = side.heard()
    assert (seen.kind, lab_content(side, seen.medium)) == (kind, content)


def lab_content(side: Side, medium: str) -> bytes:
    media = side.lab.world.media
    return media.content(media.find(medium))


@pytest.mark.parametrize(
    ("type", "mime", "content", "code"),
    [
        (MediaType.VOICE, "audio/amr", b"not a voice", "40004"),
        (MediaType.VOICE, "audio/amr", AMR + bytes(2 * 1024 * 1024), "45001"),
        (MediaType.VIDEO, "video/mp4", AMR, "40004"),
        (MediaType.VIDEO, "video/mp4", MP4 + bytes(10 * 1024 * 1024), "45001"),
        (MediaType.IMAGE, "image/png", MP4, "40004"),
    ],
    ids=["no voice", "large voice", "no video", "large video", "no picture"],
)
async def test_a_file_must_be_what_it_is_called(
    type: MediaType, mime: str, content: bytes, code: str, side: Side
) -> None:
    await side.says(text="你好")
    with pytest.raises(Rejected) as caught:
        await side.sends(Media(type, mime=mime, digest=side.files.keep(content)))
    assert caught.value.code == code


async def test_a_link_is_a_card(side: Side) -> None:
    await side.says(text="你好")
    await side.sends(Link("https://bank.example", "利率", "今天"))
    (seen,) = side.heard()
    assert (seen.kind, seen.text) == ("news", "利率\n今天\nhttps://bank.example")


# --- typing


async def shows_typing(side: Side) -> object:
    return await side.command("typing", customer="李雷")


async def test_typing_shows_for_15_seconds(side: Side) -> None:
    await side.says(text="你好")
    await side.channel.tell_typing(side.lilei)
    assert await shows_typing(side) is True
    side.lab.clock.move(timedelta(seconds=15))
    assert await shows_typing(side) is False


async def test_typing_shows_only_soon_after_a_message(side: Side) -> None:
    await side.channel.tell_typing(side.lilei)
    await side.says(text="你好")
    side.lab.clock.move(timedelta(seconds=31))
    await side.channel.tell_typing(side.lilei)
    assert await shows_typing(side) is False
    assert side.refused() == ["45080", "45080"]


async def test_typing_is_not_told_twice(side: Side) -> None:
    await side.says(text="你好")
    await side.channel.tell_typing(side.lilei)
    await side.channel.tell_typing(side.lilei)
    assert side.refused() == ["45081"]


# --- answers on the spot, and WeChat's own agents


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
@pytest.mark.parametrize("part", [Text("请稍候]]>，<马上>来"), Link("https://bank.example", "利率", "今天")])
async def test_an_answer_on_the_spot_reaches_the_phone(mode: str, part: Part, lab: Lab) -> None:
    async with wechat_side(lab, mode, passive_seconds="4") as side:
        await side.says(text="在吗")
        reply = side.channel.passive_reply(side.request_of(lab.product.requests[0]), part, DeliveryId("d"))
        assert reply is not None
        lab.product.answers = [(200, reply.body), (200, b"success")]
        await lab.say(mode, text="在吗")
    seen = {entry.text for entry in side.heard() if entry.passive}
    assert seen == {part.text if isinstance(part, Text) else "利率\n今天\nhttps://bank.example"}


async def test_a_menu_goes_the_other_way(lab: Lab) -> None:
    async with wechat_side(lab, passive_seconds="4") as side:
        await side.says(text="在吗")
        request = side.request_of(lab.product.requests[0])
        assert side.channel.passive_reply(request, Menu("满意吗？", (Option("1", "满意"),)), DeliveryId("d")) is None


async def pass_on(side: Side) -> None:
    """李雷 writes, and the product's own answer passes him on."""
    parsed = await side.says(text="找人工")
    side.lab.product.answers = [(200, parsed.reply.body), (200, b"success")]
    await side.lab.say(side.account, text="找人工")


@pytest.mark.parametrize("mode", ["plain", "compat", "safe"])
async def test_a_follower_is_passed_on_to_wechats_agents(mode: str, lab: Lab) -> None:
    async with wechat_side(lab, mode, native_transfer="yes") as side:
        await pass_on(side)
        await side.command("agent_accepts", customer="李雷")
        await lab.world.errands.settle()
        (event,) = side.reads(lab.product.requests[-1]).events
        assert isinstance(event, Unknown)
        assert event.name == "kf_create_session"


async def test_while_an_agent_serves_the_account_hears_nothing(lab: Lab) -> None:
    async with wechat_side(lab, native_transfer="yes") as side:
        await pass_on(side)
        await lab.say("safe", text="还在等")
        assert len(lab.product.requests) == 3, "who waits is still heard"
        await side.command("agent_accepts", customer="李雷")
        await lab.world.errands.settle()
        await lab.say("safe", text="密码忘了")
        assert len(lab.product.requests) == 4, "only the agent's beginning is told"
        lab.clock.move(timedelta(minutes=30))
        assert len((await side.says(text="又是我")).events) == 1


async def test_an_agents_end_gives_the_follower_back(lab: Lab) -> None:
    async with wechat_side(lab, native_transfer="yes") as side:
        await pass_on(side)
        await side.command("agent_accepts", customer="李雷")
        await side.command("agent_closes", customer="李雷")
        await lab.world.errands.settle()
        assert len((await side.says(text="又是我")).events) == 1


async def test_events_cannot_be_passed_on(lab: Lab) -> None:
    """A product that tries is not understood."""
    async with wechat_side(lab, native_transfer="yes") as side:
        await side.channel.api.publish_menu(BUTTONS)
        reply = (await side.says(text="找人工")).reply.body
        lab.product.answers = [(200, reply), (200, b"success")]
        await lab.say("safe", event="click", choice="BALANCE")
    assert [e.outcome for e in lab.world.books if isinstance(e, Answered)][-2:] == [Outcome.REFUSED, Outcome.TAKEN]


async def test_whoever_follows_again_is_written_to_by_what_they_do_now(side: Side) -> None:
    """The five messages of before are gone with the follower; following gives three."""
    await side.says(text="你好")
    await side.says(event="unsubscribe")
    with pytest.raises(SendError):
        await side.sends(Text("您好"))
    await side.says(event="subscribe")
    for _ in range(3):
        await side.sends(Text("您好"))
    with pytest.raises(WindowClosed):
        await side.sends(Text("您好"))


async def test_what_followers_do_not_do(side: Side) -> None:
    assert "knows no" in await side.cannot(event="dance")
    assert "already follows" in await side.cannot(event="subscribe")


async def test_wrong_credentials_are_named(lab: Lab) -> None:
    async with wechat_side(lab, app_secret="wrong") as side:  # made up
        with pytest.raises(Misconfigured, match="AppSecret"):
            await side.channel.check()
