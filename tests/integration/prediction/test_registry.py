"""Models in the file store: checked, promoted, rolled back; what was tampered with is refused and another serves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from integration.prediction.conftest import API

from finsage.errors import FinSageError
from finsage.platform.files import open_files
from finsage.prediction.errors import ModelExists, NothingToPromote
from finsage.prediction.model_files import ModelTampered
from finsage.prediction.price_model.weight_files import shipped_weights, to_files
from finsage.prediction.service import model_store, registry, serving
from finsage.prediction.service.refresh import refresh

pytestmark = pytest.mark.anyio


def named(name, learned="a test"):
    return to_files(replace(shipped_weights(), id=name), {"trained_on": learned})


@pytest.fixture
def files(settings):
    return open_files(settings)


async def served(database, files):
    async with database.read() as session:
        candidates = await registry.champion_weights(session)
    return await serving.load_weights(candidates, files)


async def roles(house):
    found = (await house.client.get(f"{API}/models")).json()
    return {one["version"]: one["role"] for one in found["items"] if one["family"] == "price"}, found["events"]


async def test_a_model_goes_in_answers_and_goes_back(house, database, files):
    shipped = shipped_weights().id
    with pytest.raises(NothingToPromote):
        await model_store.promote(database, "price", None)
    assert await model_store.add(database, files, named("own-1"), family="price") == "own-1"
    with pytest.raises(ModelExists):
        await model_store.add(database, files, named("own-1"), family="price")
    assert (await roles(house))[0] == {shipped: "champion", "own-1": "challenger"}
    assert (await served(database, files)).weights.id == shipped, "a challenger does not answer"

    assert await model_store.promote(database, "price", None) == "own-1"
    assert (await served(database, files)).weights.id == "own-1"
    await refresh(house.job("prediction.refresh_forecasts"))
    made = house.server.query("SELECT DISTINCT model_id FROM predictions WHERE tenant_id = %s", house.tenant)
    assert made == [("own-1",)]

    await model_store.add(database, files, named("own-2"), family="price")
    await model_store.promote(database, "price", "own-2")
    with pytest.raises(NothingToPromote, match="own-2 answers already"):
        await model_store.promote(database, "price", "own-2")
    assert await model_store.roll_back(database, "price") == "own-1", "promoting it twice lost nothing"
    assert await model_store.roll_back(database, "price") == shipped
    with pytest.raises(NothingToPromote):
        await model_store.roll_back(database, "price")
    found, events = await roles(house)
    assert found[shipped] == "champion"
    assert [event["kind"] for event in events[:3]] == ["rolled_back", "rolled_back", "promoted"]


async def test_what_was_tampered_with_is_refused_and_the_one_before_serves(house, database, files):
    for name in ("own-3", "own-4"):
        await model_store.add(database, files, named(name), family="price")
        await model_store.promote(database, "price", name)
    assert all(line["fault"] is None for line in await model_store.verify(database, files))
    await files.put("models/price/own-4/variance-1.txt", b"tree")
    serving.forget_loaded()
    found = await served(database, files)
    assert (found.weights.id, found.refused) == ("own-3", "own-4")
    assert "variance-1.txt" in found.reason
    parts = (await roles(house))[0]
    assert (parts["own-4"], parts["own-3"]) == ("refused", "champion"), "before any job has told"
    faults = {line["model"]: line["fault"] for line in await model_store.verify(database, files)}
    assert faults["price:own-4"]
    assert faults["price:own-3"] is None
    await files.delete("models/price/own-3/card.json")
    serving.forget_loaded()
    assert (await served(database, files)).weights.id == shipped_weights().id
    parts = (await roles(house))[0]
    assert [parts[name] for name in ("own-4", "own-3", shipped_weights().id)] == ["refused", "refused", "champion"]
    await refresh(house.job("prediction.refresh_forecasts"))
    assert (await roles(house))[1][0]["kind"] == "tampered"
    for _ in range(2):
        await model_store.roll_back(database, "price")


async def test_files_whose_manifest_was_written_anew_for_them_are_refused_too(house, database, files):
    await model_store.add(database, files, named("own-7"), family="price")
    await model_store.promote(database, "price", "own-7")
    for name, content in named("own-7", learned="something else").items():
        await files.put(f"models/price/own-7/{serving.stored_name(name)}", content)
    serving.forget_loaded()
    found = await served(database, files)
    assert (found.weights.id, found.refused) == (shipped_weights().id, "own-7")
    assert "MANIFEST.sha256 of own-7 is not the one that was added" in found.reason
    assert (await roles(house))[0]["own-7"] == "refused"
    faults = {line["model"]: line["fault"] for line in await model_store.verify(database, files)}
    assert faults["price:own-7"] == "Its manifest is not the one that was added."
    await model_store.roll_back(database, "price")


async def test_what_is_no_model_is_not_added(database, files):
    spoilt = {**named("own-5"), "variance-1.txt": b"tree"}
    with pytest.raises(ModelTampered):
        await model_store.add(database, files, spoilt, family="price")
    with pytest.raises(FinSageError, match="small letters"):
        await model_store.add(database, files, named("../up"), family="price")
    with pytest.raises(FinSageError, match="not the family"):
        await model_store.add(database, files, named("own-6"), family="sentiment")
