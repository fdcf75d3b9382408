"""The file of known failures is read strictly, before any request."""

from datetime import date
from pathlib import Path

import pytest

from conformance.errors import ConfigurationError
from conformance.target.known_failures import KnownFailure, read_known

TODAY = date(2026, 6, 1)


def read(path: Path, text: str) -> tuple[KnownFailure, ...]:
    (path / "known.toml").write_text(text, encoding="utf-8")
    return read_known(path / "known.toml", TODAY)


def test_requirements_and_findings_are_read(tmp_path: Path) -> None:
    text = """
    [[failure]]
    requirement = "AUTH-4"
    reason = "the gateway"
    owner = "edge team"
    expires = 2026-06-01
    [[failure]]
    finding = "0a1b2c3d"
    breaks = ["AUTH-4", "UP-1"]
    reason = "a race"
    expires = 2026-05-31
    """
    first, second = read(tmp_path, text)

    assert first == KnownFailure("AUTH-4", "the gateway", "edge team", "2026-06-01")
    assert (second.id, second.of_finding, second.expired) == ("0a1b2c3d", True, True)
    assert (first.broken, second.broken) == (("AUTH-4",), ("AUTH-4", "UP-1"))


BEGIN = '[[failure]]\nrequirement = "AUTH-4"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[failure", "not TOML"),
        ("more = 1", "unknown key 'more'"),
        ("failure = 1", "failure is no list of tables"),
        ('[[failure]]\nrequirement = "NOPE-1"\nreason = "x"', "entry 1: no requirement has the id 'NOPE-1'"),
        ('[[failure]]\nfinding = "short"\nreason = "x"', "entry 1: 'short' is no id of a finding"),
        ('[[failure]]\nreason = "x"', "entry 1: names no requirement and no finding"),
        (f'{BEGIN}finding = "0a1b2c3d"\nreason = "x"', "names both a requirement and a finding"),
        (f'{BEGIN}breaks = ["UP-1"]\nreason = "x"', "entry 1: breaks belongs to a finding"),
        ('[[failure]]\nfinding = "0a1b2c3d"\nreason = "x"\nbreaks = "UP-1"', "entry 1: breaks is no list of strings"),
        ('[[failure]]\nfinding = "0a1b2c3d"\nreason = "x"\nbreaks = ["X-1"]', "entry 1: no requirement has the id 'X"),
        (BEGIN, "entry 1: has no reason"),
        (f"{BEGIN}reason = 1", "entry 1: reason must be a string"),
        (f'{BEGIN}reason = "x"\nexpires = "2027"', "entry 1: expires is no date"),
        (f'{BEGIN}reason = "x"\nwhy = "y"', "entry 1: unknown key 'why'"),
        (f'{BEGIN}reason = "x"\n' * 2, "AUTH-4 stands there twice"),
    ],
    ids=lambda value: value[:30].replace("\n", " "),
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, text)
    assert told in str(refused.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        read_known(tmp_path / "none.toml", TODAY)
