"""The page and the API of deputies: everybody has their own, supervisors those of their people."""

from conversations.people import Role
from tests.support.gateway import Gateway


async def test_a_supervisor_sees_and_sets_the_deputies_of_their_people(gateway: Gateway) -> None:
    mei, tao = await gateway.add_user("mei"), await gateway.add_user("tao")
    boss, far = await gateway.add_user("boss", Role.SUPERVISOR), await gateway.add_user("far", Role.SUPERVISOR)
    await gateway.add_queue("loans", mei, boss)
    await gateway.add_queue("cards", far, tao)
    async with gateway.signed_in(boss) as browser:
        shown = await browser.json("/api/v1/deputies")
        saved = await browser.submit(f"/deputies/{mei.id}", deputy=tao.id, reason="on leave until Friday")
        other = await browser.submit(f"/deputies/{tao.id}", deputy=mei.id, reason="on leave")
    assert [each["name"] for each in shown["people"]] == ["Boss", "Mei"]
    assert (saved.status, other.status) == (303, 409)
    assert (await gateway.user(mei)).deputy_id == tao.id
    async with gateway.signed_in(tao) as browser:
        page = await (await browser.get("/deputies")).text()
        (alert,) = (await browser.json("/api/v1/alerts"))["alerts"]
    assert "You stand in for Mei." in page
    assert "Your deputy" in page
    assert "Deputy of Mei" not in page
    assert alert["sentence"] == "Tao stands in for Mei: on leave until Friday"


async def test_ones_own_deputy_by_the_api(gateway: Gateway) -> None:
    mei, tao = await gateway.add_user("mei"), await gateway.add_user("tao")
    async with gateway.signed_in(mei) as browser:
        where = f"/api/v1/agents/{mei.id}/deputy"
        named = await browser.put(where, {"deputy_id": tao.id, "reason": "training"})
        shown = await browser.json("/api/v1/deputies")
        mute = await browser.put(where, {"reason": ""})
        nobody = await browser.put(where, {"reason": "back"})
    assert [each.status for each in (named, mute, nobody)] == [200, 409, 200]
    assert shown["people"] == [{"id": mei.id, "name": "Mei", "deputy_id": tao.id}]
    assert (await gateway.user(mei)).deputy_id is None
