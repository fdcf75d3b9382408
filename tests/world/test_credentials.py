"""Credentials that are wrong in one respect only."""

import pytest

from conformance.errors import Inconclusive, NotApplicable
from conformance.world.credentials import Probe, credential, wrong_credential

KEYS = ("gimg_" + "aB3" * 11, "gimg_" + "A" * 32)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("probe", [probe for probe in Probe if probe is not Probe.LOWER_SCHEME])
def test_no_probe_is_the_right_credential(probe: Probe, key: str) -> None:
    assert credential(probe, key) != f"Bearer {key}"


def test_probes_differ_from_each_other() -> None:
    values = [credential(probe, KEYS[0]) for probe in Probe if probe is not Probe.ELSEWHERE]  # beside the header

    assert len(set(values)) == len(values)


def test_a_probe_that_would_be_the_right_credential_is_not_sent() -> None:
    with pytest.raises(Inconclusive) as caught:
        wrong_credential(Probe.NO_PREFIX, "opaque-key")
    assert caught.value.root == "AUTH-12"
    with pytest.raises(NotApplicable):
        wrong_credential(Probe.OTHER_CASE, "gimg_0123456789")
    assert wrong_credential(Probe.OTHER_CASE, KEYS[0]) == credential(Probe.OTHER_CASE, KEYS[0])


def test_each_is_wrong_in_one_respect() -> None:
    key = KEYS[0]

    assert credential(Probe.MISSING, key) is None
    assert credential(Probe.TOKEN, key) == f"Token {key}"
    assert credential(Probe.NO_PREFIX, key) == f"Bearer {key[5:]}"
    assert credential(Probe.EXTENDED, key) == f"Bearer {key}x"
    assert credential(Probe.TRUNCATED, key) == f"Bearer {key[:-1]}"
    altered = credential(Probe.ALTERED, key) or ""
    assert (len(altered), altered[:-1]) == (len(key) + 7, f"Bearer {key[:-1]}")
    assert (credential(Probe.OTHER_CASE, key) or "").lower() == f"bearer {key}".lower()
