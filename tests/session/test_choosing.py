"""What words choose: as reports print it, and nothing that was not meant."""

import json
from pathlib import Path

import pytest

from conformance.errors import ConfigurationError
from conformance.plan.choice import Choice
from conformance.requirements import load
from conformance.session.choosing import MADE, choice_of, traffic_checks, unmatched
from conformance.session.failed import failed_in
from conformance.session.reasons import index_of_tests

BARE = "suite/test_authentication.py::test_a_bare_key_is_refused"
FILE = "suite/test_authentication.py"


def choice(*words: str) -> Choice:
    return choice_of(words, index_of_tests())


def test_a_requirement_is_every_test_that_names_it() -> None:
    found = choice("auth-4")

    assert found.takes(f"{BARE}[generate]", ("AUTH-4",))
    assert not found.takes("suite/test_authentication.py::test_else", ("AUTH-5",))
    assert found.named == {"AUTH-4"}
    assert not found.traffic | found.lending
    assert FILE in found.files
    assert "suite/test_webhooks.py" not in found.files


def test_an_area_has_its_checks_of_all_traffic() -> None:
    found = choice("AUTH")

    assert {"AUTH-1", "AUTH-14", "AUTH-15"} <= found.ids
    assert found.traffic >= {"AUTH-14", "AUTH-15"}
    assert not found.named
    assert not found.lending


@pytest.mark.parametrize(
    "word",
    [
        f"{BARE}[generate]",
        f"conformance/{BARE}[generate]",
        f"{Path('x').absolute()}/conformance/{BARE}[generate]",
        "test_authentication.py::test_a_bare_key_is_refused[generate]",
        "conformance.suite.test_authentication::test_a_bare_key_is_refused[generate]",
        "test_a_bare_key_is_refused[generate]",
    ],
)
def test_a_test_is_found_by_any_of_its_spellings(word: str) -> None:
    found = choice(word)

    assert found.single == {f"{BARE}[generate]"}
    assert found.files == {FILE}
    assert found.takes(f"{BARE}[generate]", ()) is True
    assert found.takes(f"{BARE}[upload]", ("AUTH-4",)) is False


@pytest.mark.parametrize("word", [FILE, "test_authentication.py", "test_authentication", BARE])
def test_a_file_and_a_function_are_all_their_tests(word: str) -> None:
    assert choice(word).takes(f"{BARE}[generate]", ())
    assert choice(word).files == {FILE}


def test_commas_part_words_but_not_parameters() -> None:
    history = "suite/test_traces.py::test_a_call_makes_its_own_generation[two uploads at once, step 4]"

    assert choice(f"AUTH-4,{history},UP").words == ("AUTH-4", history, "UP")


@pytest.mark.parametrize("word", ["LIFE-3", "passive::as_documented::LIFE-3"])
def test_a_check_of_all_traffic_judges_what_is_sent_with_it_or_else_in_its_area(word: str) -> None:
    assert choice(word).lending == {"LIFE"}
    assert choice(word).borrows(("LIFE-1",))
    assert "suite/test_lifecycle.py" in choice(word).files
    assert not choice(word, "AUTH-4").lending
    assert choice(word, "AUTH-4").traffic == {"LIFE-3"}


def test_what_only_cases_of_the_contract_judge_lends_nothing() -> None:
    assert not choice("GEN-21").lending
    assert "suite/test_validation.py" in choice("GEN-21").files


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("AUTH-44", "did you mean AUTH-4"),
        ("AUHT", "did you mean AUTH"),
        ("suite/test_authentification.py", f"did you mean {FILE}"),
        (f"{BARE}d[generate]", f"did you mean {BARE}"),
        ("passive::no_server_eror::API-2", "did you mean passive::no_server_error::API-2"),
        ("passive::no_server_error::API-3", "did you mean passive::no_server_error::API-2"),
        ("API-6", "lists all tests"),
    ],
)
def test_what_chooses_nothing_is_refused_with_what_is_near(word: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        choice("AUTH-4", word)

    assert said in caught.value.hint
    assert f"--only {word}: " in caught.value.message


def test_an_empty_word_is_told_as_that() -> None:
    with pytest.raises(ConfigurationError, match=r"^--only: an empty word chooses nothing\. Is a variable not set\?"):
        choice("")


def test_parameters_that_no_test_has_are_refused() -> None:
    collected = [f"{BARE}[generate]", f"{BARE}[upload]", "suite/test_api.py::test_x[y]"]

    assert unmatched(choice(f"{BARE}[upload]"), collected) is None
    assert str(unmatched(choice(f"{BARE}[uplod]"), collected)).startswith(
        f"--only {BARE}[uplod]: nothing is called so. Did you mean {BARE}[upload] or {BARE}[generate]? "
    )


def test_every_name_of_a_check_of_all_traffic_can_be_chosen() -> None:
    for name, id_ in traffic_checks(index_of_tests()).items():
        assert id_ in choice(name).traffic


def test_every_requirement_can_be_chosen_or_says_why_not() -> None:
    for row in load():
        if not row.untested:
            assert choice(row.id).files, row.id


def test_files_whose_requirements_stand_in_parameters_are_known() -> None:
    index = index_of_tests()

    assert MADE.keys() == {test.partition("::")[0] for test, ids in index.items() if not ids and "::test_" in test}


def report(folder: Path, *checks: tuple[str, str, list[str], int], seed: int = 3) -> Path:
    rows = [
        {"id": id_, "verdict": verdict, "scenarios": scenarios, "requests": requests}
        for id_, verdict, scenarios, requests in checks
    ]
    plain = {"format": "gimg-conformance-report/1", "suite": {"seed": seed}, "checks": rows}
    (folder / "report.json").write_text(json.dumps(plain), encoding="utf-8")
    return folder / "report.json"


def test_what_failed_is_run_again_with_its_seed(tmp_path: Path) -> None:
    path = report(
        tmp_path,
        ("suite/a.py::b", "fail", ["s"], 1),
        ("suite/a.py::c", "inconclusive", ["s"], 1),
        ("suite/a.py::d", "error", [], 1),
        ("suite/a.py::e", "pass", ["t"], 1),
        ("suite/a.py::f", "not_tested", [], 1),
    )

    assert failed_in(path) == failed_in(tmp_path)
    assert failed_in(path).names == ("suite/a.py::b", "suite/a.py::c", "suite/a.py::d")
    assert failed_in(path).seed == 3


def test_what_failed_in_all_traffic_is_sent_again_by_the_cheapest_test(tmp_path: Path) -> None:
    path = report(
        tmp_path,
        ("suite/a.py::dear", "pass", ["s", "t"], 9),
        ("suite/a.py::cheap", "pass", ["s"], 2),
        ("passive::x::API-2", "fail", ["s", "t/at the end", "first_contact"], 0),
    )

    assert failed_in(path).names == ("suite/a.py::cheap", "suite/a.py::dear", "passive::x::API-2")


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is not a report"), ("[]", "is not a report"), ('{"format": "x"}', "is not a report"), (None, "No such")],
)
def test_what_is_no_report_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    path = tmp_path / "r.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError, match=said) as caught:
        failed_in(path)
    assert str(path) in str(caught.value)


def test_a_report_without_failures_is_not_widened_to_everything(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing failed or was inconclusive"):
        failed_in(report(tmp_path, ("suite/a.py::e", "pass", [], 1)))
