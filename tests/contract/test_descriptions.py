"""Everything in our contract is described, in words of our own."""

import re

import pytest

from contract.documents import Contract, load
from contract.places import Line
from contract.prose import Prose, all_prose, all_texts, sentences, words

FEWEST_WORDS = 3
MARKUP = re.compile(r"</?[a-z]+>|\]\(|``|\n")


@pytest.fixture(scope="module")
def prose(contract: Contract) -> list[Prose]:
    return list(all_prose(contract))


def test_there_are_hundreds_of_things_to_describe(prose: list[Prose], line: Line) -> None:
    assert len(prose) > line.prose
    assert len({item.place for item in prose}) == len(prose)


def test_everything_has_a_description(prose: list[Prose]) -> None:
    missing = [item.place for item in prose if not item.text]

    assert not missing, "Without a description:\n" + "\n".join(missing)


def test_each_description_is_a_sentence(prose: list[Prose]) -> None:
    poor = [
        f"{item.place}: {item.text}"
        for item in prose
        if item.text
        and (
            len(words(item.text).split()) < FEWEST_WORDS
            or not item.text.endswith(".")
            or not item.text[0].isupper()
            or item.text != item.text.strip()
        )
    ]

    assert not poor, "Not sentences of a few words with a full stop:\n" + "\n".join(poor)


def test_no_description_only_repeats_the_name(prose: list[Prose]) -> None:
    empty = [
        f"{item.place}: {item.text}"
        for item in prose
        if item.text
        and words(item.text).replace(" ", "").removeprefix("the")
        == words(item.name).replace(" ", "")
    ]

    assert not empty, "Descriptions that say no more than the name:\n" + "\n".join(empty)


def test_descriptions_are_plain_text(prose: list[Prose]) -> None:
    marked_up = [
        f"{item.place}: {item.text}" for item in prose if item.text and MARKUP.search(item.text)
    ]

    assert not marked_up, "Descriptions with markup:\n" + "\n".join(marked_up)


def test_a_summary_is_one_sentence(prose: list[Prose]) -> None:
    long = [
        f"{item.place}: {item.text}"
        for item in prose
        if item.place.endswith(" summary") and len(sentences(item.text or "")) != 1
    ]

    assert not long, "Summaries that are not one sentence:\n" + "\n".join(long)


def test_each_enumeration_describes_exactly_its_values(contract: Contract) -> None:
    enumerations = {
        path: (document["enum"], document.get("x-enum-descriptions", {}))
        for path, document in contract.documents.items()
        if "enum" in document
    }

    assert enumerations
    for path, (values, described) in enumerations.items():
        assert list(described) == values, path


def test_no_sentence_is_taken_from_the_reference(contract: Contract, line: Line) -> None:
    reference = load(line.reference_or_skip())
    theirs = {
        sentence
        for document in reference.documents.values()
        for text in all_texts(document)
        for sentence in sentences(text)
    }
    taken = [
        f"{item.place}: {item.text}"
        for item in all_prose(contract)
        if item.text and theirs.intersection(sentences(item.text))
    ]

    assert theirs
    assert not taken, "Sentences taken from the reference:\n" + "\n".join(taken)
