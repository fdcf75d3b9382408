"""Reads what `--only` names: requirements, areas, files, test functions, tests and checks of all traffic."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from conformance.contract import load as load_contract
from conformance.errors import ConfigurationError
from conformance.near import did_you_mean, near
from conformance.plan.choice import Choice, above
from conformance.requirements import Registry, load

PASSIVE, SUITE = "passive::", "suite/"
BETWEEN = re.compile(r",(?![^\[]*\])")
"""A comma between two words; those within parameters belong to them."""
MADE: Mapping[str, frozenset[str]] = {
    "suite/test_bodies.py": frozenset({"GEN", "UP"}),
    "suite/test_examples.py": frozenset({"GEN", "UP"}),
    "suite/test_traces.py": frozenset({"AUTH", "GEN", "IDEM", "LIFE", "OUT", "PLAN"}),
    "suite/test_validation.py": frozenset({"GEN", "UP"}),
}
"""The areas of the tests whose requirements stand in their parameters, by file: the source does not tell the ids."""
ALIKE = 0.5
LISTS = "`gimg-conformance tests` lists all tests, `gimg-conformance requirements` all requirements"


def choice_of(words: Iterable[str], index: Mapping[str, tuple[str, ...]]) -> Choice:
    """What these words choose. `index` has requirement ids by test function, and by check of all traffic.

    Raises ConfigurationError for a word that chooses nothing, with what is near it.
    """
    reader = _Reader(index, load())
    every = tuple(part.strip() for word in words for part in BETWEEN.split(word))
    choice = Choice(every)
    for word in every:
        read = reader.read(word)
        choice = replace(choice, **{name: getattr(choice, name) | ids for name, ids in read.items()})
    return reader.completed(choice)


@dataclass(frozen=True)
class _Reader:
    index: Mapping[str, tuple[str, ...]]
    registry: Registry

    def read(self, word: str) -> dict[str, frozenset[str]]:
        """What a word adds to a choice, by the name of the field."""
        if not word:
            raise ConfigurationError("--only: an empty word chooses nothing", f"is a variable not set? {LISTS}")
        if (id_ := word.upper()) in self.registry:
            return self._requirement(id_)
        if own := frozenset(row.id for row in self.registry if row.area == word.upper()):
            return {"ids": own, "traffic": own & self.by_traffic}
        if word.startswith(PASSIVE):
            return self._passive(word)
        found = {*self._tests(word)}
        if not found:
            raise self._nothing(word)
        return {"tests": frozenset(found)}

    def completed(self, choice: Choice) -> Choice:
        """With the files to collect; where no test was chosen, the tests of the area send what is judged."""
        areas = frozenset(self.registry[id_].area for id_ in choice.traffic)
        judged_by_tests = choice.ids & (self.by_source | self.by_cases)
        lending = frozenset() if choice.tests or judged_by_tests else areas
        ids = {row.id for row in self.registry if row.area in lending} or choice.ids
        files = {above(test)[1] for test in choice.tests}
        files |= {above(test)[1] for test, named in self.index.items() if test.startswith(SUITE) and ids & {*named}}
        within = {self.registry[id_].area for id_ in ids}
        files |= {file for file, made in MADE.items() if made & within}
        return replace(choice, lending=lending, files=frozenset(files))

    def _requirement(self, id_: str) -> dict[str, frozenset[str]]:
        own = frozenset({id_})
        if why := self.registry[id_].untested:
            raise ConfigurationError(f"--only {id_}: nothing tests it: {why}", LISTS)
        return {"ids": own, "named": own, "traffic": own & self.by_traffic}

    def _passive(self, word: str) -> dict[str, frozenset[str]]:
        check, _, id_ = word.removeprefix(PASSIVE).partition("::")
        ids = self.of_check(check)
        if not ids or (id_ and id_ not in ids):
            raise self._nothing(word)
        own = frozenset({id_} if id_ else ids)
        return {"traffic": own, "named": own if id_ else frozenset()}

    def _tests(self, word: str) -> Iterable[str]:
        """The files, functions or tests that a word names; the parameters are not known yet."""
        plain, bracket, rest = word.partition("[")
        place, _, name = plain.partition("::")
        file = Path(place.replace("conformance.suite.", "", 1)).name.removesuffix(".py") + ".py"
        for test in self.functions:
            if test in {f"{SUITE}{file}::{name}", f"{SUITE}{plain}"} or test.partition("::")[2] == plain:
                yield test + bracket + rest
        if not name and not bracket and f"{SUITE}{file}" in self.files:
            yield f"{SUITE}{file}"

    def _nothing(self, word: str) -> ConfigurationError:
        checks = traffic_checks(self.index)
        areas = [area.prefix for area in self.registry.areas]
        if "::" in word or word.lower().startswith(("test", SUITE)):
            known = [*self.files, *self.functions, *checks]
            meant = near(word.partition("[")[0], known, alike=ALIKE)
        else:
            meant = near(word.upper(), [*areas, *(row.id for row in self.registry)], alike=ALIKE)
        return nothing(word, did_you_mean(meant) or f"areas are {', '.join(areas)}.")

    def of_check(self, check: str) -> frozenset[str]:
        """The requirements that a check of all traffic judges."""
        if check == "as_documented":
            return self.by_contract
        return frozenset(self.index.get(PASSIVE + check, ()))

    @cached_property
    def functions(self) -> list[str]:
        return [test for test in self.index if test.startswith(SUITE)]

    @cached_property
    def files(self) -> list[str]:
        return sorted({above(test)[1] for test in self.functions})

    @cached_property
    def checks(self) -> list[str]:
        own = (test.removeprefix(PASSIVE) for test in self.index if test.startswith(PASSIVE))
        return list(dict.fromkeys(["as_documented", *own]))

    @cached_property
    def by_source(self) -> frozenset[str]:
        """What a test names in its source."""
        return frozenset(id_ for test in self.functions for id_ in self.index[test])

    @cached_property
    def by_cases(self) -> frozenset[str]:
        """What only the cases of the contract judge."""
        from conformance.cases.fields import cases  # noqa: PLC0415 - makes them, which most choices do not need

        every = (cases(operation, valid=valid) for operation in ("generate", "upload") for valid in (True, False))
        return frozenset(case.requirement for found in every for case in found)

    @cached_property
    def by_contract(self) -> frozenset[str]:
        return frozenset().union(*(operation.chargeable() for operation in load_contract().operations.values()))

    @cached_property
    def by_traffic(self) -> frozenset[str]:
        return self.by_contract.union(*(self.of_check(check) for check in self.checks))


def traffic_checks(index: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The checks of all traffic as reports name them, with the requirement of each."""
    reader = _Reader(index, load())
    return {f"{PASSIVE}{check}::{id_}": id_ for check in reader.checks for id_ in sorted(reader.of_check(check))}


def nothing(word: str, meant: str) -> ConfigurationError:
    """The refusal of a word that chooses nothing; `meant`: a sentence on what may have been meant."""
    return ConfigurationError(f"--only {word}: nothing is called so", f"{meant} {LISTS}")


def unmatched(choice: Choice, tests: Collection[str]) -> ConfigurationError | None:
    """The refusal of a choice of which a test with parameters is not among these, which were collected."""
    for word in sorted(choice.single - {*tests}):
        alike = [test for test in tests if above(test)[0] == above(word)[0]]
        return nothing(word, did_you_mean(near(word, alike, alike=0) or [above(word)[0]]))
    return None
