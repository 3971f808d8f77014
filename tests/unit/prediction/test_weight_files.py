"""Weights as files: what was written is what is read, and a changed byte is refused."""

import numpy as np
import pytest
from unit.prediction.markets import garch_returns, history_of
from unit.prediction.test_forecast import member_of, small_weights

from finsage.prediction.model_files import ARRAYS, CARD, MANIFEST, ModelTampered, read_directory, write_directory
from finsage.prediction.price_model.forecast import forecast
from finsage.prediction.price_model.weight_files import from_files, shipped_weights, to_files

CARD_OF_TEST = {"trained_on": "simulated returns"}


@pytest.fixture(scope="module")
def files():
    return to_files(small_weights(), CARD_OF_TEST)


def test_read_weights_forecast_as_the_trained_ones_do(files, tmp_path):
    write_directory(tmp_path / "test", files)
    read, card = from_files(read_directory(tmp_path / "test"))
    assert card == CARD_OF_TEST | {"id": "test", "family": "price", "classes": ["equity", "fx"]}
    member = member_of(history_of(garch_returns(800, 3)))
    assert (forecast(member, read, 7).samples == forecast(member, small_weights(), 7).samples).all()
    assert (read.residuals("fx", 7) == small_weights().residuals("fx", 7)).all()


def test_the_same_weights_are_the_same_bytes(files):
    assert to_files(small_weights(), CARD_OF_TEST) == files


@pytest.mark.parametrize("name", [CARD, ARRAYS, "variance-7.txt", "quantile-30-0.025.txt", MANIFEST])
def test_one_changed_byte_is_refused(files, name):
    changed = bytearray(files[name])
    changed[len(changed) // 2] ^= 1
    with pytest.raises(ModelTampered):
        from_files(files | {name: bytes(changed)})


def test_a_file_too_much_or_too_few_is_refused(files):
    with pytest.raises(ModelTampered):
        from_files(files | {"more.txt": b"x"})
    with pytest.raises(ModelTampered):
        from_files({name: content for name, content in files.items() if name != "variance-7.txt"})
    with pytest.raises(ModelTampered):
        from_files({})


def test_an_array_that_would_run_code_is_refused(files):
    """Arrays of objects are pickled by numpy; such a file is not even opened as one."""
    import hashlib
    import io

    packed = io.BytesIO()
    np.savez(packed, **{"har-1": np.array([{"a": 1}], dtype=object)})
    planted = {name: content for name, content in files.items() if name != MANIFEST} | {ARRAYS: packed.getvalue()}
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(planted.items())]
    with pytest.raises(ModelTampered, match="plain numbers"):
        from_files(planted | {MANIFEST: "".join(lines).encode()})


def test_the_shipped_weights_are_whole():
    assert shipped_weights().id.startswith("ecb-")
    assert set(shipped_weights().horizons) == {1, 7, 30}
    assert len(shipped_weights().residuals("fx", 30)) == 1_000


def test_a_folder_within_is_refused_by_name(files, tmp_path):
    write_directory(tmp_path / "test", files)
    (tmp_path / "test" / "more").mkdir()
    with pytest.raises(ModelTampered, match="more is no file"):
        read_directory(tmp_path / "test")
