"""What keeps the registry, its translation, the tests and the contract in step.

Each guard answers with one sentence per trouble, and with none when all is well. `tests` maps a test's node id to the
requirement ids that it names.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from conformance.requirements.requirement import Registry, Requirement, Ruling
from conformance.requirements.translation import Entry, digest, texts_by_id


def problems(registry: Registry, tests: Mapping[str, Iterable[str]], contract_ids: Iterable[str]) -> list[str]:
    """All guards at once; `contract_ids` are the `x-requirements` of the contract."""
    rows = registry.rows
    return [
        *ids_used_twice(rows),
        *unknown_rulings(rows, registry.rulings),
        *rulings_without_a_row(rows, registry.rulings),
        *unknown_ids_in_tests(rows, tests),
        *rows_without_test_or_reason(rows, tests),
        *rows_with_test_and_reason(rows, tests),
        *unknown_ids_in_contract(rows, contract_ids),
    ]


def gaps_along_axes(rows: Iterable[Requirement], along: Mapping[str, Iterable[tuple[str, str]]]) -> list[str]:
    """`along` has, by the id of a fault, the requirements that it breaks and the axis that it shows along."""
    proven = {cell for cells in along.values() for cell in cells}
    applies = {(row.id, str(axis)) for row in rows for axis in row.axes}
    unreached = {(row.id, str(axis)) for row in rows for axis in row.unreached}
    return [
        *(f"{id_} has no fault along {axis}, and no reason why not" for id_, axis in sorted(applies - proven)),
        *(f"{id_} has a fault along {axis}, which its row does not list" for id_, axis in sorted(proven - applies)),
        *(f"{id_} lists {axis} both as an axis and as unreached" for id_, axis in sorted(applies & unreached)),
    ]


def gaps_in_translation(registry: Registry, entries: Sequence[Entry], lang: str) -> list[str]:
    """What the translation lacks, what is stale in it and what is superfluous, with the line that an entry needs."""
    english, uses = texts_by_id(registry), Counter(entry.id for entry in entries)
    missing = {id_: texts for id_, texts in english.items() if id_ not in uses}
    return [
        *(f"{lang} lacks {id_}. Translate {_to_translate(texts)}" for id_, texts in missing.items()),
        *(f"{entry.file}: {entry.id} {gap}" for entry in entries for gap in _gaps(entry, english.get(entry.id))),
        *(f"{lang} has {id_} {count} times" for id_, count in uses.items() if count > 1),
    ]


def _gaps(entry: Entry, english: Mapping[str, str] | None) -> Iterator[str]:
    if english is None:
        yield "is superfluous: nothing has this id"
        return
    if entry.english != digest(english):
        yield f"is stale. Translate anew {_to_translate(english)}"
    if entry.texts.keys() != english.keys():
        yield f"has {', '.join(entry.texts)}, but the English has {', '.join(english)}"


def _to_translate(texts: Mapping[str, str]) -> str:
    return f'{", ".join(f"{name} {text!r}" for name, text in texts.items())}, with english = "{digest(texts)}"'


def ids_used_twice(rows: Iterable[Requirement]) -> list[str]:
    uses = Counter(row.id for row in rows)
    return [f"{id_} is the id of {count} rows" for id_, count in uses.items() if count > 1]


def unknown_rulings(rows: Iterable[Requirement], rulings: Iterable[Ruling]) -> list[str]:
    known = {ruling.id for ruling in rulings}
    return [f"{row.id} follows {id_}, which is no ruling" for row in rows for id_ in row.rulings if id_ not in known]


def rulings_without_a_row(rows: Iterable[Requirement], rulings: Iterable[Ruling]) -> list[str]:
    followed = {id_ for row in rows for id_ in row.rulings}
    return [f"{ruling.id} is followed by no row" for ruling in rulings if ruling.id not in followed]


def unknown_ids_in_tests(rows: Iterable[Requirement], tests: Mapping[str, Iterable[str]]) -> list[str]:
    known = {row.id for row in rows}
    return [
        f"{test} names {id_}, which no row has" for test, named in tests.items() for id_ in named if id_ not in known
    ]


def rows_without_test_or_reason(rows: Iterable[Requirement], tests: Mapping[str, Iterable[str]]) -> list[str]:
    tested = _named(tests)
    return [
        f"{row.id} has neither a test nor a reason why not" for row in rows if row.id not in tested and not row.untested
    ]


def rows_with_test_and_reason(rows: Iterable[Requirement], tests: Mapping[str, Iterable[str]]) -> list[str]:
    tested = _named(tests)
    return [
        f"{row.id} has a test, and also a reason why it has none" for row in rows if row.id in tested and row.untested
    ]


def unknown_ids_in_contract(rows: Iterable[Requirement], contract_ids: Iterable[str]) -> list[str]:
    known = {row.id for row in rows}
    return [f"the contract names {id_}, which no row has" for id_ in sorted(set(contract_ids) - known)]


def _named(tests: Mapping[str, Iterable[str]]) -> set[str]:
    return {id_ for named in tests.values() for id_ in named}
