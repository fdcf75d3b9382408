"""The page of a run: complete in itself, escaped whatever a target sends, and in both languages."""

import base64
import re
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from conformance.report import write
from conformance.report.html import html_page
from conformance.report.html.phrases import Words, phrases, sentences
from conformance.report.html.shown import with_options
from conformance.requirements import load
from conformance.requirements.translation import ENGLISH, LANGUAGES, told
from conformance.verdict import Outcome, RunVerdict, Verdict
from tests.report.html_samples import ALL, HOSTILE, Make, failed, sample

ROOM = Path(__file__).parents[2] / "conformance" / "report"
CHINESE = LANGUAGES[1]


class Tags(HTMLParser):
    """The elements of a page, with the names of their attributes, and the addresses in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))
        self.addresses += [value or "" for name, value in attrs if name in {"href", "src", "action", "srcset", "data"}]


MADE_OF_TEXT = {("mark",), ("bdi",), ("wbr",), ("p", "class")}
"""Elements of which a longer text may have more: marks, and notes that it was shortened."""


def structure(page: str) -> list[tuple[str, ...]]:
    """The elements of a page less those."""
    return [tag for tag in Tags(page).found if tag not in MADE_OF_TEXT]


def test_the_page_is_complete_in_itself_and_its_policy_knows_no_other_text(report: Make) -> None:
    page = html_page(*sample(report).all)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)
    own = [re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL) for tag in ("style", "script")]
    hashes = [base64.b64encode(sha256(found[1].encode()).digest()).decode() for found in own if found]

    assert policy.startswith("default-src &#39;none&#39;; ")
    assert re.findall(r"sha256-([^&]+)&", policy) == hashes
    assert page.count("<script") == page.count("<style") == 1
    assert [address for address in Tags(page).addresses if not address.startswith("#")] == []
    assert "style=" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("text", [*HOSTILE, ALL], ids=range(len(HOSTILE) + 1))
def test_no_text_of_a_target_changes_what_the_page_is_made_of(report: Make, text: str) -> None:
    plain, hostile = (html_page(*sample(report, words).all) for words in ("x", text))

    assert structure(hostile) == structure(plain)
    assert {*Tags(hostile).found} - {*Tags(plain).found} <= MADE_OF_TEXT
    assert re.findall(r"[^\n -~\u00a0-\u02ff\u2010-\u3000\u3001-\ufdff\uff00-\uffef]", hostile) == []
    assert [letter for letter in hostile if letter in "\u202e\u2066\u2069\u200b\u2028\ufeff\u061c\x1b"] == []
    assert Tags(hostile).addresses == Tags(plain).addresses


def test_the_page_tells_things_in_the_order_in_which_they_are_read(report: Make) -> None:
    page = html_page(*sample(report).all)
    parts = [
        page.index(f'id="{name}"') for name in ("verdict", "findings", "gaps", "requirements", "observations", "cost")
    ]

    assert parts == sorted(parts)


def test_every_requirement_has_a_place_of_its_own(report: Make) -> None:
    made = sample(report)
    page = html_page(*made.all)

    for row in made.report.requirements:
        assert page.count(f'<details class="req" id="{row.id}" data-area="{row.area}"') == 1
    assert f'href="#finding-{made.report.findings[0].id}"' in page


def test_a_conformant_run_says_what_was_seen(report: Make) -> None:
    page = html_page(report())

    assert "No deviation was found." in page
    assert page.count("<article") == 0


def test_a_report_without_its_evidence_is_told_without_messages(report: Make) -> None:
    page = html_page(sample(report).report)

    assert "<figure" not in page
    assert page.count("<article") == 2


def test_the_page_is_written_in_a_language(report: Make, tmp_path: Path) -> None:
    made = sample(report)
    page = write("html", *made.all[:1], tmp_path, made.exchanges, made.attempts, CHINESE).read_text(encoding="utf-8")

    assert '<html lang="zh-TW">' in page
    assert "不符合" in page
    assert "MUST requirements failed" not in page


# The phrases.


def used() -> set[str]:
    """The keys that templates and modules ask for; "a_*" for all that begin with "a_"."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(ROOM.glob("templates/*.jinja")))
    found = re.findall(r"\bt\('(\w+)'\s*([~,)])", text)
    return {f"{key}*" if follows == "~" else key for key, follows in found}


def test_every_phrase_is_there_in_both_languages_and_is_used() -> None:
    beginnings = tuple(key[:-1] for key in used() if key.endswith("*"))
    whole = {key for key in used() if not key.endswith("*")}
    by_value = {"recorded", *(verdict.value for verdicts in (Verdict, RunVerdict) for verdict in verdicts)}

    assert (whole | by_value) - phrases().keys() == set()
    assert {key for key in phrases().keys() - whole - by_value if not key.startswith(beginnings)} == set()
    assert [key for key, texts in phrases().items() if len(texts) != len(LANGUAGES) or not all(texts)] == []


def test_both_languages_take_the_same_values() -> None:
    def values(text: str) -> set[str]:
        return set(re.findall(r"{(\w+)}", text)) - {"n"}

    assert [key for key, (english, chinese) in phrases().items() if values(english) != values(chinese)] == []


def test_the_registry_speaks_both_languages_and_what_it_no_longer_has_stays() -> None:
    first = load().rows[0]
    assert Words(ENGLISH).of_registry(first.sentence) == first.sentence
    assert Words(CHINESE).of_registry(first.sentence) == told(CHINESE).rows[0].sentence != first.sentence
    assert Words(CHINESE).of_registry("A sentence of an older suite.") == "A sentence of an older suite."


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("none of 248 requirements tested", "248 項要求都沒有測試"),
        ("8 MUST requirements failed", "8 項 MUST 要求不符"),
        ("1 MUST requirement inconclusive", "1 項 MUST 要求無法判定"),
        (
            "1 MUST and 2 SHOULD requirements not tested",
            "1 項 MUST 與 2 項 SHOULD 要求未測試",
        ),
        ("Attempt 1, answered 429, is not retried", "第 1 次嘗試得到回應 429\uff0c之後沒有重試"),
        ("POST /a is answered 400, not 404 or 403: a key", "POST /a 的回應為 400\uff0c而非 404 or 403: a key"),
        ("Status is 3, but should be 4, in the 200 of GET /a", "GET /a 的 200 回應中\uff0cStatus 為 3\uff0c應為 4"),
        ("The header Retry-After is missing in the 429 of POST /a", "POST /a 的 429 回應缺少 The header Retry-After"),
        ("whatever else", ""),
    ],
)
def test_sentences_that_stand_in_every_report_are_translated(english: str, chinese: str) -> None:
    assert Words(CHINESE).translated(english) == chinese
    assert Words(ENGLISH).translated(english) == english
    assert all(chinese for _, chinese in sentences())


def test_our_own_options_are_code_and_nothing_else_is() -> None:
    told = with_options("tested with `--profile certify` <b> `x` & `gimg-conformance plan`")

    assert told == (
        'tested with <code dir="ltr">--profile certify</code> &lt;b&gt; `x` &amp; '
        '<code dir="ltr">gimg-conformance plan</code>'
    )


def test_a_phrase_counts() -> None:
    assert Words(ENGLISH)("of_requirements", n=1) == "1 requirement"
    assert Words(ENGLISH)("of_requirements", n=2) == "2 requirements"
    assert Words(CHINESE)("of_requirements", n=2) == "2 項要求"


def test_what_hangs_below_a_finding_waits_for_it_and_is_no_fault_of_the_surroundings(report: Make) -> None:
    """A page that says nothing stood in the way, or that something else did, contradicts its counts."""
    waiting = Outcome("later", ("B-2",), Verdict.INCONCLUSIVE, message="waits for it", root="A-1")
    made = report(failed("id", "A-1", "x"), waiting)
    gaps = html_page(made, [], []).partition('id="gaps"')[2].partition("</section>")[0]

    assert "Waits until a finding is mended" in gaps
    assert f'href="#finding-{made.findings[0].id}"' in gaps
    assert "B-2" in gaps
    assert "Without a verdict" not in gaps
