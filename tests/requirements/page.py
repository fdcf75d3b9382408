"""A documentation of nobody's, and the registry that rests on it."""

from conformance.requirements import Level, Registry, Requirement
from conformance.requirements.basis import words_of
from conformance.requirements.documentation import Sentence, sentences

PAGE = """\
Spring sale: half price

Tea API

Orders of tea by REST. Only members may order! Ask at the counter.

With a teapot? Import the collection.

Limits

Three cups an hour. Each answer says:

  • X-Cups-Left how many are left
  • X-Cups-Reset when there are more

POST/tea

Order a cup. It answers at once.

Body

  • sortstring (max 20)required

    A sort of tea. Green is best.

  • sugar1-4

    Spoons. Default 1.

Response (200)

  • cupstring

    The id of the cup.

Delivery

Tea is brought to the table.

Example

POST https://table.example/tea
X-Tea-Kind: green

{
  "cup": "...",
  "kind": "green"
}

A waiter tries three times. Then he drinks it.
"""
SOURCES = {
    "TEA-1": "introduction, sentence 2",
    "TEA-2": "introduction, paragraph on teapot",
    "TEA-3": "Limits, sentence 1",
    "TEA-4": "Limits, list, X-Cups-Left",
    "TEA-5": "Limits, list, introduction",
    "TEA-6": "POST /tea, Body, sort",
    "TEA-7": "POST /tea, Body, sort and sugar; Response, cup",
    "TEA-8": "POST /tea, Body; RFC 9110, 15.5.1",
    "TEA-9": "POST /tea, heading",
    "TEA-10": "Delivery, Example, example, body, kind",
    "TEA-11": "Delivery, Example, example, X-Tea-Kind",
    "TEA-12": "Delivery, Example, example, request line",
    "TEA-13": "Delivery, closing paragraph, sentences 1 and 2",
    "TEA-14": "Delivery, sentence 1",
    "TEA-15": "headings of the three operations",
    "TEA-16": "POST /tea, Response, cup",
}


def row(id_: str, source: str) -> Requirement:
    return Requirement(id_, "TEA", Level.MUST, f"The sentence of {id_}.", source)


REGISTRY = Registry(tuple(row(*pair) for pair in SOURCES.items()), (), (), "")


def read(text: str = PAGE) -> tuple[Sentence, ...]:
    return sentences(text, words_of(REGISTRY))
