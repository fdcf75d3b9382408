"""A target file is read whole or refused with its line, its key, what is wrong, and the remedy."""

from pathlib import Path

import pytest

from conformance.errors import ConfigurationError
from conformance.target import TargetFile, doubts, minimal, parse, read, with_tunnel

TARGET = '[target]\nbase_url = "https://h"\n'
PRIMARY = '[accounts.primary]\nkey = "gimg_x"\n'
GOOD = TARGET + PRIMARY
RELAY = '[webhooks]\nrelay = "https://x"\nrelay_token = "sesame-sesame-sesame"\n'


def refused(text: str) -> ConfigurationError:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, "t.toml")
    assert caught.value.hint
    return caught.value


def test_a_whole_file_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "gimg_secret")
    text = """
        target = {name = "staging", base_url = "https://h:8443/"}
        accounts.primary.key = "env:SOME_KEY"
        [accounts.metered]
        key = "k"
        credits = 3
        [webhooks]
        listen = ":8443"
        public_url = "https://hooks.example/under/a/path/"
        [clock]
        scale = 20
        control = "/clock"
    """
    target = parse(text, "t.toml")

    assert target.target.base_url == "https://h:8443"
    assert target.accounts.primary.key == "gimg_secret"
    assert target.accounts.metered
    assert target.accounts.metered.credits == 3
    assert (target.account("other"), target.clock.scale) == (None, 20)
    assert "secret" not in repr(target)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "[limits]\nmost = 1\n", "t.toml:6: limits.most: unknown key"),
        (GOOD + '[accounts.secondary]\nkey = "x"\n', "t.toml:5: accounts.secondary: unknown key"),
        (GOOD + '[accounts]\nsecondary = {key = "x"}\n', "t.toml:6: accounts.secondary: unknown key"),
        (GOOD + "metered = 3\n", "t.toml:5: accounts.primary.metered: unknown key"),
        (GOOD + '[prompt]\nfailed = "x"\n', "t.toml:5: prompt: unknown key"),
        ('target = {base_url = "http://h", nmae = "x"}\n' + PRIMARY, "t.toml:1: target.nmae: unknown key"),
        (GOOD + "[limits]\nmax_requests = true\n", "t.toml:6: limits.max_requests: must be a whole number"),
        (GOOD + "[limits]\nmax_requests = 1.5\n", "t.toml:6: limits.max_requests: must be a whole number"),
        (
            GOOD + "[limits]\nmax_requests = -1\n",
            "t.toml:6: limits.max_requests: must be 0 or more",
        ),
        (GOOD + '[limits]\ngeneration_seconds = "5"\n', "t.toml:6: limits.generation_seconds: must be a number"),
        (GOOD + "[limits]\ngeneration_seconds = inf\n", "t.toml:6: limits.generation_seconds: must be a finite number"),
        (GOOD + "[clock]\nscale = true\n", "t.toml:6: clock.scale: must be a number"),
        (GOOD + "[clock]\nscale = 0\n", "t.toml:6: clock.scale: must be more than 0"),
        (GOOD + '[clock]\ncontrol = "clock"\n', "t.toml:6: clock.control: 'clock' is not a path"),
        (GOOD + '[prompts]\n"rejected" = ["a"]\n', "t.toml:6: prompts.rejected: must be a string"),
        (GOOD + '[[accounts.other]]\nkey = "x"\n', "t.toml:5: accounts.other: must be a table"),
        (GOOD + '[webhooks]\nlisten = "nonsense"\n', "t.toml:6: webhooks.listen: 'nonsense' is not an address"),
        (GOOD + '[webhooks]\nlisten = "h:70000"\n', "t.toml:6: webhooks.listen: 'h:70000' is not an address"),
        (GOOD + '[webhooks]\npublic_url = "ftp://x"\n', "t.toml:6: webhooks.public_url: 'ftp://x' is not a base URL"),
        (
            GOOD + '[webhooks]\npublic_url = "https://x/?y"\n',
            "t.toml:6: webhooks.public_url: 'https://x/?y' has a query",
        ),
        (GOOD + '[webhooks]\ncertificate = "x"\n', "t.toml:5: webhooks: certificate and private_key belong together"),
        (GOOD + '[webhooks]\nrelay = "ftp://x"\n', "t.toml:6: webhooks.relay: 'ftp://x' is not a base URL"),
        (GOOD + '[webhooks]\nrelay = "https://x"\n', "t.toml:5: webhooks: relay and relay_token belong together"),
        (GOOD + RELAY.replace("sesame-sesame", "\\n"), "t.toml:7: webhooks.relay_token: has spaces around it"),
        (GOOD + '[webhooks]\nports = "9500"\n', "t.toml:6: webhooks.ports: '9500' is no range of ports"),
        (GOOD + RELAY + 'ports = "9500-9501"\n', "t.toml:5: webhooks: ports are of this machine"),
        (GOOD + RELAY + 'certificate = "c"\nprivate_key = "k"\n', "t.toml:5: webhooks: relay and certificate exclude"),
        (GOOD + RELAY + 'tunnel_command = "t {port}"\n', "t.toml:5: webhooks: tunnel_command finds the public URL"),
        (GOOD + '[webhooks]\ntunnel_command = "t 80"\n', "t.toml:6: webhooks.tunnel_command: has no {port}"),
        (GOOD + "[webhooks]\ntunnel_command = 't \"{port}'\n", "t.toml:6: webhooks.tunnel_command: is no command"),
        ("accounts = 3\n" + TARGET, "t.toml:1: accounts: must be a table"),
        (TARGET, "t.toml:1: accounts: required, but missing"),
        (PRIMARY, "t.toml:1: target: required, but missing"),
        (TARGET + '[accounts.other]\nkey = "x"\n', "t.toml:3: accounts.primary: required, but missing"),
        (TARGET + "[accounts.primary]\n", "t.toml:3: accounts.primary.key: required, but missing"),
        (TARGET + 'accounts.primary.key = "x"\n', "t.toml:3: target.accounts: unknown key"),
        (TARGET + '["accounts" . "primary"]\n"key" = 3\n', "t.toml:4: accounts.primary.key: must be a string"),
        (TARGET + '[accounts.primary]\nkey = ""\n', "t.toml:4: accounts.primary.key: is empty"),
        (TARGET + '[accounts.primary]\nkey = "Bearer gimg_x"\n', "t.toml:4: accounts.primary.key: begins with Bearer"),
        (GOOD + '[accounts.other]\nkey = "bearer x"\n', "t.toml:6: accounts.other.key: begins with Bearer"),
        (TARGET + '[accounts.primary]\nkey = """a\nb"""\n', "t.toml:4: accounts.primary.key: has spaces around it"),
        (TARGET + '[accounts.primary]\nkey = " a"\n', "t.toml:4: accounts.primary.key: has spaces around it"),
        (GOOD + 'cookie = "a\\r\\nX: y"\n', "t.toml:5: accounts.primary.cookie: has spaces around it"),
        (TARGET + '[accounts.primary]\nkey = "env:NO_SUCH"\n', "t.toml:4: accounts.primary.key: the environment var"),
        (TARGET + '[accounts]\nprimary = {key = ""}\n', "t.toml:4: accounts.primary.key: is empty"),
        ('target.base_url = "http://h"\naccounts.primary.cookie = "x"\n', "t.toml:2: accounts.primary.key: required"),
        (GOOD + '[prompts]\nfailed = """\nscale = 0\n"""\n[clock]\nscale = 0\n', "t.toml:10: clock.scale: "),
        (GOOD + '[accounts.other]\nkey = "gimg_x"\n', "t.toml:6: accounts.other.key: the same key as [acc"),
        ("[target\n", "t.toml:1: not TOML: "),
        ("[target]\nname = \n", "t.toml:2: not TOML: "),
        ('[target]\nname = "', "t.toml:2: not TOML: "),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    assert refused(text).message.startswith(said)


def test_all_mistakes_are_told_at_once_each_on_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_SUCH", raising=False)
    wrong = (
        '[target]\nbase_url = "https://h/x"\n[accounts.primary]\nkey = "env:NO_SUCH"\n[clock]\nscale = 0\nscal = 1\n'
    )
    shared = GOOD + '[accounts.other]\nkey = "gimg_x"\n[accounts.metered]\nkey = "gimg_x"\n'

    places = [line.split(": ")[:2] for line in str(refused(wrong)).splitlines()]
    same = [line.split(": ")[:2] for line in str(refused(shared)).splitlines()]

    assert sorted(places) == [
        ["t.toml:2", "target.base_url"],
        ["t.toml:4", "accounts.primary.key"],
        ["t.toml:6", "clock.scale"],
        ["t.toml:7", "clock.scal"],
    ]
    assert same == [["t.toml:6", "accounts.other.key"], ["t.toml:8", "accounts.metered.key"]]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            TARGET + PRIMARY.replace("primary", "primry"),
            "t.toml:3: accounts.primry: unknown key. Did you mean primary?",
        ),
        (TARGET + PRIMARY.replace("accounts", "acounts"), "t.toml:3: acounts: unknown key. Did you mean accounts?"),
        (
            TARGET.replace("base_url", "baseurl") + PRIMARY,
            "t.toml:2: target.baseurl: unknown key. Did you mean base_url?",
        ),
    ],
)
def test_a_required_key_that_was_mistyped_is_told_once_with_what_was_meant(text: str, told: str) -> None:
    said = str(refused(text))

    assert said.startswith(f"{told} Known keys: ")
    assert "required" not in said


def test_known_names_and_what_is_missing_are_the_remedy() -> None:
    accounts = refused(GOOD + '[accounts.secondary]\nkey = "x"\n').hint
    assert accounts == "known keys: primary, other, burner, free, broke, capped, metered"
    assert refused(GOOD + "credit = 3\n").hint == "did you mean credits? Known keys: key, cookie, credits"
    assert refused(TARGET).hint == 'add [accounts.primary] with key = "env:NAME"'
    assert refused(TARGET + "[accounts.primary]\n").hint == "add key to [accounts.primary]"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://h/api", "holds more than a host"),
        ("https://h?x", "holds more than a host"),
        ("h.example", "is not a base URL"),
        ("h.example:80", "is not a base URL"),
        ("ftp://h", "is not a base URL"),
        ("https://", "is not a base URL"),
        ("", "is not a base URL"),
        ("http://[", "is not a base URL (Invalid IPv6 URL)"),
        ("https://h:99999", "is not a base URL (Port out of range 0-65535)"),
        ("https://h:x", "is not a base URL (Port could not be cast"),
        ("http://a b", "is not a base URL: it must be ASCII without spaces"),
        ("http://ü.de", "is not a base URL: it must be ASCII without spaces"),
        ("https://user:sesame@h", "holds credentials"),
        ("https://user:sesame@h/path", "holds credentials"),
    ],
)
def test_a_base_url_is_an_origin_and_nothing_else(url: str, said: str) -> None:
    error = refused(GOOD.replace("https://h", url))

    assert error.message.startswith("t.toml:2: target.base_url: ")
    assert said in error.message
    assert "sesame" not in str(error)


@pytest.mark.parametrize("value", [None, "", "a\nb", " "])
def test_a_variable_holds_a_key(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("SOME_KEY", value)

    error = refused(GOOD.replace("gimg_x", "env:SOME_KEY"))

    assert error.message.startswith("t.toml:4: accounts.primary.key: ")
    assert "a\nb" not in str(error)


@pytest.mark.parametrize(
    "key", ["Bearer gimg_x", "BEARER\tgimg_x", "bearer", "Authorization: Bearer gimg_x", " Bearer x"]
)
def test_a_key_with_its_scheme_is_refused_wherever_it_stands(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("SOME_KEY", key)
    with pytest.raises(ConfigurationError) as caught:
        minimal("http://h", "env:SOME_KEY")

    errors = [refused(GOOD.replace("gimg_x", "env:SOME_KEY")), refused(GOOD.replace("gimg_x", key)), caught.value]
    places = ["t.toml:4: accounts.primary.key", "t.toml:4: accounts.primary.key", "--api-key"]
    assert [error.message for error in errors] == [f"{place}: begins with Bearer" for place in places]
    assert {error.hint for error in errors} == {"write the key alone; the suite adds Bearer"}


@pytest.mark.parametrize("key", ["bearergimg_x", "gimg_bearer", "my-bearer x"])
def test_a_key_that_only_sounds_so_is_none_of_it(key: str) -> None:
    assert minimal("http://h", key).accounts.primary.key == key


def test_a_key_that_does_not_look_like_one_is_doubted_and_taken() -> None:
    target = parse(GOOD + '[accounts.other]\nkey = "sk-1"\n[accounts.free]\nkey = "GIMG_2"\n', "t.toml")

    assert doubts(parse(GOOD, "t.toml")) == ()
    assert [line.partition(":")[0] for line in doubts(target)] == [
        "the key of account 'other' does not begin with gimg_",
        "the key of account 'free' does not begin with gimg_",
    ]
    assert "sk-1" not in str(doubts(target))


def test_how_deliveries_get_here_holds_secrets_that_the_evidence_does_not() -> None:
    relayed = parse(GOOD + RELAY, "t.toml")
    tunnelled = with_tunnel(parse(GOOD, "t.toml"), "t --token sesame {port}")

    assert "sesame" not in str((relayed, tunnelled, relayed.to_evidence(), tunnelled.to_evidence()))
    for target in (relayed, tunnelled):
        again = TargetFile.from_evidence(target.to_evidence())
        assert again.to_evidence() == target.to_evidence()


def test_a_token_that_others_can_read_is_doubted() -> None:
    (told,), none = (
        doubts(parse(GOOD + RELAY.replace("https://x", f"http://{on}"), "t.toml")) for on in ("x", "[::1]")
    )

    assert told.startswith("[webhooks] relay is plain HTTP")
    assert none == ()


def test_the_command_line_may_name_the_tunnel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIMG_TUNNEL", "t {port}")
    target = parse(GOOD, "t.toml")

    assert with_tunnel(target, "") is target
    assert with_tunnel(target, "env:GIMG_TUNNEL").webhooks.tunnel_command == "t {port}"
    for command, told in {
        "t 80": "--tunnel-command: has no {port}. Write {port} where",
        "env:NO_SUCH": "--tunnel-command: the environment variable 'NO_SUCH' is not set. Set it",
    }.items():
        with pytest.raises(ConfigurationError) as caught:
            with_tunnel(target, command)
        assert str(caught.value).startswith(told)
    with pytest.raises(ConfigurationError, match="Leave public_url and relay out"):
        with_tunnel(parse(GOOD + RELAY, "t.toml"), "t {port}")


def test_a_balance_that_proves_nothing_is_told() -> None:
    metered = GOOD + '[accounts.metered]\nkey = "gimg_m"\ncredits = '

    assert doubts(parse(metered + "3", "t.toml")) == doubts(parse(metered + "50", "t.toml")) == ()
    (told,) = doubts(parse(metered + "1", "t.toml"))
    assert told == (
        "[accounts.metered] credits = 1: what credits buy is tested with 3 to 50; refill it to 3 and set credits = 3"
    )


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "t.toml"
    path.write_text('[target]\nbase_url = "http://h"\n[accounts.primary]\nkey = "gimg_a"\n', encoding="utf-8-sig")

    assert read(path).target.base_url == "http://h"


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'[target]\nname = "\xff"\n')
    for path, said in [
        (tmp_path / "absent.toml", "there is no such file"),
        (tmp_path, "cannot be read: Is a directory. Give a target file that you may read"),
        (latin, "cannot be read: 'utf-8' codec"),
    ]:
        with pytest.raises(ConfigurationError) as caught:
            read(path)
        assert str(caught.value).startswith(f"{path}: {said}")
        assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("stagin.toml", "did you mean {folder}/staging.toml?"),
        ("nofolder/staging.toml", "`gimg-conformance init --output {folder}/nofolder/staging.toml` writes one"),
        ("x", "`gimg-conformance init --output {folder}/x` writes one from a URL and a key"),
    ],
)
def test_a_file_that_is_not_there_leads_to_one_that_is_or_to_a_new_one(tmp_path: Path, name: str, hint: str) -> None:
    (tmp_path / "staging.toml").write_text(GOOD)
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path / name)

    assert caught.value.hint.startswith(hint.format(folder=tmp_path))


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("http://[", "k", "--base-url: is not a base URL"),
        ("http://h", "", "--api-key: is empty"),
        ("http://h", "env:NO_SUCH", "--api-key: the environment variable 'NO_SUCH' is not set"),
        ("http://u:sesame@h", "k", "--base-url: holds credentials"),
    ],
)
def test_the_command_line_is_read_as_strictly(url: str, key: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        minimal(url, key)
    assert caught.value.message.startswith(said)
    assert "sesame" not in str(caught.value)


def test_a_url_and_a_key_are_a_target() -> None:
    target = minimal("http://127.0.0.1:8080/", "gimg_x")

    assert (target.target.name, target.target.base_url) == ("127.0.0.1:8080", "http://127.0.0.1:8080")
