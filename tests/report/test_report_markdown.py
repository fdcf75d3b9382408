"""Markdown, rendered by GitHub's own renderer: a target's text is shown as text, whatever it is."""

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from conformance.report import Report, write
from conformance.report.hostile import one_line
from conformance.report.markdown import MOST_BYTES, markdown
from conformance.report.neutral import block, code, prose
from conformance.verdict import Mark, Observation, Outcome, Selection, Step, Verdict

Make = Callable[..., Report]
HOSTILE = [
    "@octocat please look",
    "#1 and GH-1 and octo/repo#1 and octocat@example.com",
    "![x](https://evil.example/x.png)",
    "[click](https://evil.example) <https://evil.example> https://evil.example www.evil.example",
    "[ref]: https://evil.example",
    "www. evil Www. evil",
    "<script>alert(1)</script><img src=x onerror=alert(1)></details></summary><!-- -->",
    "a | b\n|---|---|\n| c | d |",
    "``` `` ` ~~~",
    "`````\n# heading\n",
    "# heading\n\n- list\n1. list\n> quote\n***\n    code",
    "1. list",
    "- [ ] task",
    "**bold** _emphasis_ ~~struck~~ \\* &lt; &#64; $x$ :smile:",
    "==x==\n===",
    "\x1b[31m\u202e\u200b\x00\ud800",
    "`",
    " ` ",
    '{"a": "@octocat',
    "::error::x",
    "<details><summary>",
    "0123456789abcdef0123456789abcdef01234567",
]
STORY = (Step("a call", 0.0, 202, "an id", Mark.DECISIVE, (3,)),)


def rendered(text: str) -> str:
    """As GitHub renders it; raw HTML is kept, to see what there is of it."""
    html: str = cmarkgfm.github_flavored_markdown_to_html(text, Options.CMARK_OPT_UNSAFE)
    return html


def outside_of_code(html: str) -> str:
    """What GitHub looks through for mentions, references and emoji."""
    return re.sub(r"<(code|pre)\b[^>]*>.*?</\1>", "", html, flags=re.DOTALL)


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def tags(html: str) -> set[str]:
    return set(re.findall(r"<(\w+)", html))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("before", ["", "- ", "### 1. ", "words "], ids=["line", "list", "heading", "words"])
def test_a_line_renders_as_its_text(text: str, before: str) -> None:
    html = rendered(before + prose(text))

    assert tags(html) <= {"p", "ul", "li", "h3", "code"}
    assert not re.search(r"[@#]|://|www|GH-|:\w+:", outside_of_code(html).replace("### 1. ", ""))
    number = "1. " if before.startswith("#") else ""
    told = " ".join(f"{number}{'words ' if before == 'words ' else ''}{one_line(text)}".split())
    assert text_of(html).replace("`", "") == told.replace("`", "")


@seed(0)
@settings(max_examples=400, database=None, deadline=None)
@given(
    st.text(st.sampled_from("ab1 `*_~[]()<>!|\\\\#@&;:/.-+='\"{}\\n雪→"), max_size=30),
    st.sampled_from(["", "- ", "x "]),
)
def test_whatever_the_text_is_it_renders_as_itself(text: str, before: str) -> None:
    html = rendered(before + prose(text))

    assert tags(html) <= {"p", "ul", "li", "code"}
    told = " ".join(f"{before.removeprefix('- ')}{one_line(text)}".split())
    assert text_of(html).replace("`", "").split() == told.replace("`", "").split()


@pytest.mark.parametrize("text", HOSTILE)
def test_code_holds_its_text(text: str) -> None:
    html = rendered(f"a {code(text)} b")
    assert tags(html) == {"p", "code"}
    assert outside_of_code(html) == "<p>a  b</p>\n"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_ends_a_block_of_code(text: str) -> None:
    html = rendered("\n".join([*block([text, "```", "~~~", "````"]), "", "after"]))

    assert tags(html) == {"pre", "code", "p"}
    assert outside_of_code(html).strip() == "<p>after</p>"


def test_plain_words_stay_words_and_what_was_begun_in_code_is_code_to_its_end() -> None:
    assert prose("A call's answer is 401, not 400.") == "A call's answer is 401, not 400."
    assert prose('body {"a": "b c d"} was sent') == 'body `{"a": "b c d"}` was sent'
    assert prose("`--profile certify` tests it") == "`--profile certify` tests it"
    assert prose("status_code `x` is") == "`` status_code `x` `` is"
    assert prose("") == code("") == ""
    assert code("`") == "`` ` ``"


def everything(report: Make, text: str) -> Report:
    outcome = Outcome(f"t::{text}", ("A-1",), Verdict.FAIL, text, text, text, text, text, (3,), decided_by=3,
                      story=(Step(text, 0.0, 202, text, Mark.DECISIVE, (3,), request_id=text, sent=text),))  # fmt: skip
    return report(
        outcome,
        Outcome(f"t::y{text}", ("A-2",), Verdict.INCONCLUSIVE, message=text, root="A-1"),
        Outcome("t::n", ("A-3",), Verdict.NOT_TESTED, message=text, hint=text),
        Outcome("t::i", ("B-2",), Verdict.INCONCLUSIVE, message=text, root=text),
        seen=(Observation("R9", text),), target_name=text, base_url=text, problems=(text,), warnings=(text,),
        selection=Selection((text,)),
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_a_report_of_a_hostile_target_is_a_report(report: Make, text: str) -> None:
    html = rendered(markdown(everything(report, text)))
    plain = rendered(markdown(everything(report, "x")))

    assert tags(html) == tags(plain)
    assert not re.search(r"[@]|#\d|://|www\.|GH-", outside_of_code(html))
    for tag in ("h1", "h2", "h3", "table", "tr", "td", "pre", "details", "summary", "li"):
        assert (tag, html.count(f"<{tag}")) == (tag, plain.count(f"<{tag}"))
    assert html.count("</details>") == plain.count("</details>")


def test_findings_come_first_with_story_and_command(report: Make, tmp_path: Path) -> None:
    failed = Outcome("t::x", ("A-1",), Verdict.FAIL, "Title.", "429", "200", "", "curl -i", (3,), decided_by=3,
                     story=STORY)  # fmt: skip
    kept = Outcome("t::y", ("A-2",), Verdict.INCONCLUSIVE, message="depends on A-1", root="A-1")
    text = write("md", report(failed, kept), tmp_path).read_text(encoding="utf-8")
    lines = text.splitlines()

    assert lines[0] == "# ✗ NONCONFORMANT: 1 deviation found: gate, 1 of 4 requirements, 1 broken"
    assert lines.index("## What is broken") < lines.index("## Requirements by area")
    assert "### 1. Received 200, but expected 429" in lines
    assert "- **A-1** (MUST) `A-1` is kept. `Somewhere, paragraph 2, R1`" in lines
    assert "Explained by `gimg-conformance requirements A-1`." in lines
    assert "▶ #3 0.0 s a call → 202, an id" in lines
    assert "```sh\ncurl -i\n```" in text
    assert "<details><summary>It keeps 1 check of 1 requirement from a verdict</summary>" in lines
    assert "## No verdict" not in lines  # the finding tells why


def test_what_has_no_finding_is_told_by_its_reason(report: Make) -> None:
    same = [
        Outcome(f"t::{id_}", (id_,), Verdict.INCONCLUSIVE, message="the quota is used up") for id_ in ("A-1", "A-2")
    ]
    text = markdown(report(*same, Outcome("t::e", ("B-2",), Verdict.ERROR, message="a fault of ours")))

    assert "## No verdict\n\n- A-1, A-2: the quota is used up" in text
    assert "please report them\n\n- B-2: a fault of ours" in text


def test_a_conformant_run_is_short(report: Make) -> None:
    text = markdown(report(*(Outcome(f"t::{id_}", (id_,), Verdict.PASS) for id_ in ("A-1", "A-2", "A-3", "B-2"))))

    assert text.startswith("# ✓ CONFORMANT: no deviation found: gate, 4 of 4 requirements\n")
    assert "| First area | 3 |\n| Second area | 1 |\n| **all** | 4 |" in text


def test_it_stays_below_what_github_takes(report: Make) -> None:
    text = "雪" * 300
    many = [Outcome(f"t::{n}", ("A-1",), Verdict.FAIL, text, text, text, text, text, story=STORY) for n in range(3)]
    made = report(*many)
    made = made.model_copy(update={"findings": made.findings * 2000})
    whole = markdown(made)

    assert MOST_BYTES - 20_000 < len(whole.encode()) <= MOST_BYTES < 1024 * 1024
    assert whole.endswith("There is no room for more: report.json has everything.\n")
    assert rendered(whole).count("<pre") == 3 * whole.count("### ")


@pytest.mark.parametrize("room", [-5, 0, 100, 500, 3000])
def test_it_takes_the_room_that_is_left(report: Make, room: int) -> None:
    text = markdown(report(Outcome("t::x", ("A-1",), Verdict.FAIL, received="200", story=STORY)), room)
    assert len(text.encode()) <= max(room, 0)
    assert room < 500 or text.startswith("# ✗ NONCONFORMANT")
