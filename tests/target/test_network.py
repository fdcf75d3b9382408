"""How a target is reached: what options say so, what is refused before anything is sent, and what is never shown."""

from pathlib import Path

import pytest
import trustme

from conformance.errors import ConfigurationError
from conformance.limits import EXCHANGE_SECONDS, LONGEST_EXCHANGE_SECONDS
from conformance.target.network import network, safe_words

SECRET = "Zq7-hidden-value-91"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http", "https", "all", "no"):
        monkeypatch.delenv(f"{name}_proxy", raising=False)
        monkeypatch.delenv(f"{name.upper()}_PROXY", raising=False)


def test_without_options_nothing_stands_between() -> None:
    plain = network()

    assert (plain.seconds, plain.ca, plain.headers, plain.words) == (EXCHANGE_SECONDS, "", (), ())
    assert plain.proxy_for("https://h/") == plain.told == ""


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ([f"no colon {SECRET}"], "--header number 1 has no colon"),
        (["X-A: 1", f"a b: {SECRET}"], "--header number 2: what stands before the colon is no name"),
        ([f": {SECRET}"], "no name of a header"),
        (["Authorization: Basic x"], "--header Authorization: tests or the connection decide this header"),
        (["cookie: a=b"], "--header cookie: tests"),
        (["Content-Type: text/plain"], "tests or the connection"),
        (["IDEMPOTENCY-KEY: 1"], "tests or the connection"),
        (["Host: h"], "tests or the connection"),
        (["Content-Length: 1"], "tests or the connection"),
        (["Transfer-Encoding: chunked"], "tests or the connection"),
        (["X-Request-Id: 1"], "tests or the connection"),
        ([f"X-A: {SECRET}\r\nX-B: 1"], "--header X-A: its value is empty, or has characters"),
        ([f"X-A: {SECRET}\x00"], "its value is empty, or has characters"),
        (["X-A: é"], "its value is empty, or has characters"),
        (["X-A:"], "its value is empty"),
        (["X-A: 1", "x-a: 2"], "--header x-a: given twice"),
        (["X-A: env:NOT_SET_HERE"], "'NOT_SET_HERE' is not set"),
    ],
)
def test_a_header_that_cannot_be_is_refused_and_never_quoted(headers: list[str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as refused:
        network(headers=headers)
    assert SECRET not in str(refused.value)
    assert refused.value.hint


@pytest.mark.parametrize(
    "proxy",
    ["h:3128", "socks5://h:1", "http://", f"ftp://u:{SECRET}@h", "http://h:99999", "http://h/path", "http://h h"],
)
def test_what_is_no_http_proxy_is_refused(proxy: str) -> None:
    with pytest.raises(ConfigurationError, match="--proxy") as refused:
        network(proxy=proxy)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("seconds", [0, 0.5, LONGEST_EXCHANGE_SECONDS + 1, float("nan"), float("inf"), -3])
def test_a_time_that_no_exchange_can_have_is_refused(seconds: float) -> None:
    with pytest.raises(ConfigurationError, match="--timeout"):
        network(seconds)


def test_a_certificate_that_does_not_load_is_refused(tmp_path: Path) -> None:
    authority, own = trustme.CA(), tmp_path / "own.pem"
    authority.issue_cert("h").cert_chain_pems[0].write_to_path(own)
    (tmp_path / "text.pem").write_text("no certificate")
    (tmp_path / "empty.pem").write_text("")

    for name, words in {"text.pem": "cannot be loaded", "empty.pem": "cannot be loaded", "absent.pem": "No such file",
                        "own.pem": "holds no authority", ".": "cannot be loaded"}.items():  # fmt: skip
        with pytest.raises(ConfigurationError, match=words):
            network(ca=str(tmp_path / name))
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    assert network(ca=str(tmp_path / "ca.pem")).ca == str(tmp_path / "ca.pem")


def test_proxies_of_the_environment_are_asked_only_where_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "inside.example,127.0.0.1")

    assert network().proxy_for("https://h/") == ""
    asked = network(proxy="env")
    assert asked.proxy_for("https://h/x") == "http://proxy:3128"
    assert asked.proxy_for("https://a.inside.example:8443/x") == asked.proxy_for("https://127.0.0.1/") == ""
    assert asked.proxy_for("http://h/x") == ""
    monkeypatch.setenv("HTTPS_PROXY", "socks5://proxy:1")
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY is not the URL of an HTTP proxy"):
        network(proxy="env")


def test_a_proxy_that_is_named_is_asked_for_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("MINE", f"http://u:{SECRET}@proxy:3128")

    asked = network(proxy="env:MINE")
    assert asked.proxy_for("http://127.0.0.1/") == asked.proxy_for("https://h") == f"http://u:{SECRET}@proxy:3128"
    assert asked.told == "proxy http://proxy:3128"
    assert SECRET not in repr(asked)


def test_a_command_line_that_says_the_same_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", SECRET)
    lines, proxy = [f"X-A: {SECRET}", "X-B: env:MINE"], f"http://u:{SECRET}@h:1"

    safe, safe_lines, hidden = safe_words(proxy, lines)
    assert (safe, safe_lines) == ("env:GIMG_PROXY", ["X-A: env:GIMG_HEADER_1", "X-B: env:MINE"])
    assert hidden == {"GIMG_PROXY": proxy, "GIMG_HEADER_1": SECRET}
    given = network(30, "", proxy, lines)
    assert given.words == ("--timeout", "30", "--proxy", safe, "--header", safe_lines[0], "--header", safe_lines[1])
    assert given.headers == (("X-A", SECRET), ("X-B", SECRET))
    assert given.told == "30 s for an exchange; proxy http://h:1; header X-A, X-B"
    assert safe_words("http://h:1", [])[0] == "http://h:1"
