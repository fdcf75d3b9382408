"""Tests of somebody's own: their requirements, which tests they are, and what they send."""

import traceback
from pathlib import Path

import pytest

from conformance.errors import ConfigurationError
from conformance.plan.asked import asks_for_the_suite, is_of_the_suite
from conformance.plan.settings import SETTINGS
from conformance.requirements import Registry, RegistryError, load, read_area
from conformance.session.repeating import as_given

OPTION = "--gimg-requirements"
MEND = "mend this file of your extension; nothing was sent"
ALONE = "the tests of {} alone"


def extension_of(config: pytest.Config) -> Registry | None:
    """What the option names. Raises ConfigurationError naming the file, the row and the remedy."""
    if not (given := str(config.getoption(OPTION) or "")):
        return None
    path = Path(given)
    try:
        extension = read_area(path.read_bytes(), str(path))
    except OSError as error:
        raise ConfigurationError(f"{OPTION} {path}: {error.strerror}", "name a file of requirements (TOML)") from None
    except RegistryError as error:
        raise ConfigurationError(error.message, "write it as the files in conformance/requirements/ are") from None
    [area] = extension.areas
    if area.prefix in {ours.prefix for ours in load().areas}:
        raise ConfigurationError(
            f"{path}: the area {area.prefix} is the documentation's", "take a prefix of your own, such as ACME"
        )
    known = {ruling.id for ruling in load().rulings}
    for row in extension:
        if unknown := [id_ for id_ in row.rulings if id_ not in known]:
            raise ConfigurationError(f"{path}: {row.id} follows {unknown[0]}, which is no ruling", "leave it out")
    return extension


def is_extensions_test(item: pytest.Item) -> bool:
    """Whether the test is none of the suite, in a run that has requirements for such tests."""
    settings = item.config.stash.get(SETTINGS, None)
    return bool(settings and settings.extension) and not is_of_the_suite(item.path)


def without_tests(config: pytest.Config, extension: Registry) -> ConfigurationError:
    """The refusal of a run that has requirements for somebody's own tests, and found none."""
    folder = Path(str(config.getoption(OPTION))).parent
    first = next((row.id for row in extension), f"{extension.areas[0].prefix}-1")
    here = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    return ConfigurationError(
        f"{here}: no test was found for the requirements of {extension.areas[0].prefix}",
        f'a test is a function test_… in a file test_….py, and carries @requirement("{first}")',
    )


def not_collected(file: Path, error: BaseException) -> ConfigurationError:
    """The refusal of a run whose extension has a file that pytest cannot collect: a mistake of its author."""
    cause = error.__cause__ or error  # pytest wraps some, and the text of its own has a whole traceback
    place, told = file, str(cause).strip() or "no message"
    frames = reversed(traceback.extract_tb(cause.__traceback__))
    line = next((frame.lineno for frame in frames if frame.filename == str(file)), 0)
    if isinstance(cause, SyntaxError) and cause.filename:
        place, line, told = Path(cause.filename), cause.lineno or 0, cause.msg
    at = f"{as_given(place)}:{line}" if line else as_given(place)
    return ConfigurationError(f"{at}: {type(cause).__name__}: {told}", MEND)


def words_of_alone(config: pytest.Config, extension: Registry | None) -> list[str]:
    """What was chosen, in words, where nothing of the suite was asked for."""
    return [] if asks_for_the_suite(config.args) or extension is None else [ALONE.format(extension.areas[0].prefix)]
