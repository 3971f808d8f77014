"""``finsage train``: a file of one's own in, a checked folder out, and what a wrong wish is told."""

import pytest

from finsage.cli.train import FolderExists, InvalidTrainingData, train
from finsage.prediction.model_files import opened, read_directory
from finsage.prediction.service.training import TooLittleToTrainOn


@pytest.fixture
def texts(tmp_path):
    file = tmp_path / "texts.csv"
    rows = [
        f"{word} {number} shares,{label}"
        for number in range(20)
        for word, label in (("soars", "positive"), ("plunges", "negative"), ("meets", "neutral"))
    ]
    file.write_text("text,label\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def test_texts_become_a_folder_whose_files_are_checked(texts, tmp_path, capsys):
    train("sentiment", data=texts, name="mine", out=tmp_path)
    assert capsys.readouterr().out.strip() == str(tmp_path / "mine")
    card, _, _ = opened(read_directory(tmp_path / "mine"))
    assert (card["id"], card["family"]) == ("mine", "sentiment")
    with pytest.raises(FolderExists):
        train("sentiment", data=texts, name="mine", out=tmp_path)


@pytest.mark.parametrize(
    ("family", "said"), [("risk", "price model"), ("mood", "no family"), ("price", "--prices"), ("sentiment", "--data")]
)
def test_what_cannot_be_trained_says_what_can(family, said, tmp_path):
    with pytest.raises(InvalidTrainingData, match=said):
        train(family, out=tmp_path)


def test_a_few_prices_are_too_few(tmp_path):
    file = tmp_path / "prices.csv"
    file.write_text("date,symbol,close\n2024-01-02,A,1\n2024-01-03,A,2\n", encoding="utf-8")
    with pytest.raises(TooLittleToTrainOn, match="20 with 20,000"):
        train("price", prices=file, out=tmp_path)
