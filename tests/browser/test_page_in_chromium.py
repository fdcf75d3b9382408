"""The page in a browser: filters, links, copying, phone, paper, both schemes, and nothing but our own script runs."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.report.html import FaultRow, html_page, matrix_page
from tests.browser.conftest import AXE, DESK, PHONE, Open
from tests.report.html_samples import ALL, HOSTILE, sample

if TYPE_CHECKING:
    from playwright.sync_api import Page

from tests.report.conftest import report

__all__ = ["report"]
EVERY = ("five faults", "five faults, in Chinese", "conformant", "conformant, in Chinese")
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
Pages = dict[str, Path]


def visible(page: "Page", selector: str) -> list[str]:
    """The ids of what is shown."""
    found: list[str] = page.locator(f"{selector}:visible").evaluate_all("(all) => all.map((one) => one.id)")
    return found


def rows(page: "Page") -> list[str]:
    return visible(page, ".req")


def told(file: Path) -> Any:
    return json.loads((file.parent / "report.json").read_text(encoding="utf-8"))


# What the page has.


def test_each_finding_is_told_with_its_story(pages: Pages, opened: Open) -> None:
    file = pages["five faults"]
    page, findings = opened(file), told(file)["findings"]

    assert len(findings) >= 5
    assert page.locator(".finding").count() == len(findings)
    assert page.locator("#verdict").inner_text() == "Not conformant"
    for finding in findings:
        article = page.locator(f"#finding-{finding['id']}")
        assert article.locator("table.story tr.decisive, .exhibit.decisive").count() >= 1
        assert article.locator(".broken a").all_inner_texts() == finding["requirements"]
    assert page.locator(".exhibit mark").count() > 10


def test_pictures_show_deliveries_the_counter_and_the_states(pages: Pages, opened: Open) -> None:
    page = opened(pages["five faults"])
    retries = page.locator(".finding", has=page.locator('a[href="#RETRY-15"]')).first

    assert retries.locator("circle.decisive").count() >= 1
    assert retries.locator("rect.allowed.missed").count() >= 1
    assert page.locator("section[aria-labelledby=cost] path.counter").count() >= 5
    assert page.locator(".way.odd").count() >= 1


def test_a_conformant_run_has_no_finding_and_says_what_it_saw(pages: Pages, opened: Open) -> None:
    page = opened(pages["conformant"])

    assert page.locator("#verdict").inner_text() == "Conformant"
    assert page.locator(".finding").count() == 0
    assert page.locator(".summary").inner_text() == told(pages["conformant"])["summary"]


# Filters and links.


def test_filters_are_joined_and_can_be_taken_back(pages: Pages, opened: Open) -> None:
    file = pages["five faults"]
    page, every = opened(file), told(file)["requirements"]
    page.select_option("[name=verdict]", "fail")
    failed = [row["id"] for row in every if row["verdict"] == "fail"]
    assert rows(page) == failed
    assert page.url.endswith("#verdict=fail")

    page.select_option("[name=area]", "RETRY")
    page.select_option("[name=level]", "MUST")
    assert rows(page) == [id_ for id_ in failed if id_.startswith("RETRY-")]
    assert page.locator("#told").inner_text() == f"{len(rows(page))} of {len(every)} shown"

    page.click("button[type=reset]")
    assert len(rows(page)) == len(every)
    assert "#" not in page.url


def test_text_is_looked_for_in_all_that_a_requirement_has(pages: Pages, opened: Open) -> None:
    page = opened(pages["five faults"])
    page.fill("[name=q]", "TEST_THE_THIRD_RETRY")
    assert rows(page) == ["RETRY-15"]

    page.fill("[name=q]", "no such text")
    assert rows(page) == visible(page, ".area-group") == []


def test_a_link_with_filters_shows_what_it_names(pages: Pages, opened: Open) -> None:
    page = opened(pages["five faults"], "#verdict=fail&q=third&area=nonsense")

    assert rows(page) == ["RETRY-15"]
    assert page.locator("#requirements").evaluate("(one) => one.getBoundingClientRect().top < 100")


def test_a_requirement_is_linked_to_and_opened_whatever_the_filters(pages: Pages, opened: Open) -> None:
    page = opened(pages["five faults"], "#AUTH-4")
    row = page.locator("#AUTH-4")
    assert row.evaluate("(one) => one.open")
    assert row.locator("dl").inner_text().count("R9") == 1
    page.wait_for_function("document.activeElement.parentElement.id === 'AUTH-4'")
    assert row.evaluate(
        "(one) => one.getBoundingClientRect().top >= 0 && one.getBoundingClientRect().top < innerHeight"
    )

    page.select_option("[name=area]", "RATE")
    page.evaluate("location.hash = '#GEN-23'")
    page.wait_for_function("document.getElementById('GEN-23').open")
    assert len(rows(page)) > 200


def test_links_between_findings_and_requirements_lead_there_and_back(pages: Pages, opened: Open) -> None:
    page = opened(pages["five faults"])
    page.locator('.broken a[href="#GEN-23"]').first.click()
    page.wait_for_function("document.getElementById('GEN-23').open")
    page.locator("#GEN-23 dl a[href^='#finding-']").click()

    assert page.evaluate("document.activeElement.className").endswith("finding")


def test_a_count_of_the_head_filters(pages: Pages, opened: Open) -> None:
    page = opened(pages["five faults"])
    page.locator(".legend a[href='#verdict=fail']").click()
    page.wait_for_function("document.querySelector('[name=verdict]').value === 'fail'")


def test_what_is_copied_is_the_command(pages: Pages, opened: Open) -> None:
    page = opened(pages["five faults"])
    command = page.locator(".command").first
    command.locator("button").click()
    page.wait_for_function("document.querySelector('.command button').textContent === 'Copied'")
    page.focus("[name=q]")
    page.keyboard.press("Control+V")

    assert page.locator("[name=q]").input_value() == command.locator("code").inner_text()
    assert "gimg-conformance" in command.locator("code").inner_text() or "curl" in command.locator("code").inner_text()


def test_without_a_script_all_is_there(chromium: Any, pages: Pages) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["five faults"].as_uri())

    assert page.locator(".req:visible").count() > 200
    assert page.locator("#filters:visible, button:visible").count() == 0
    context.close()


# Screens, paper, people.


@pytest.mark.parametrize("name", EVERY)
def test_a_phone_needs_no_sideways_scrolling(pages: Pages, opened: Open, name: str) -> None:
    page = opened(pages[name], viewport=PHONE)
    page.evaluate(OPEN_ALL)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def lightness(page: "Page") -> int:
    """Of the ground of the page, from 0 (black) to 765."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(",")))


def test_the_scheme_is_the_readers(pages: Pages, opened: Open) -> None:
    light, dark = (opened(pages["conformant"], color_scheme=scheme) for scheme in ("light", "dark"))

    assert lightness(light) > 700
    assert lightness(dark) < 120
    dark.emulate_media(media="print")
    assert lightness(dark) > 700


def test_paper_has_every_story_and_no_buttons(pages: Pages, opened: Open) -> None:
    page = opened(pages["five faults"])
    page.emulate_media(media="print")

    assert page.locator("button:visible, nav:visible").count() == 0
    assert len(page.pdf(format="A4")) > 50_000
    other = page.locator(".finding .other .said").first
    assert other.evaluate(
        "(one) => one.checkVisibility({contentVisibilityAuto: true}) && one.getBoundingClientRect().height > 0"
    )


def test_the_keyboard_goes_everywhere(pages: Pages, opened: Open) -> None:
    page = opened(pages["five faults"])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "findings"

    page.locator("#AUTH-4 summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#AUTH-4").evaluate("(one) => one.open")


def serious(page: "Page") -> list[str]:
    """What axe-core finds that is serious or worse in what is shown, with all of it open.

    It takes a minute for thousands of elements, so that a page shows some of its requirements alone.
    """
    if not AXE.is_file():
        pytest.skip("there is no axe-core: `npm install --no-save axe-core`")
    page.evaluate(OPEN_ALL.replace("'details'", "'details:not([hidden])'"))
    page.add_script_tag(content=AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [
        f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(
    ("name", "scheme", "chosen"),
    [
        ("five faults", "light", "#verdict=fail"),
        ("five faults, in Chinese", "dark", "#verdict=fail"),
        ("conformant", "dark", "#area=AUTH"),
        ("conformant, in Chinese", "light", "#area=PLAN"),
    ],
)
def test_axe_finds_nothing_serious(pages: Pages, opened: Open, name: str, scheme: str, chosen: str) -> None:
    assert serious(opened(pages[name], chosen, bypass_csp=True, color_scheme=scheme)) == []


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """The page of a small campaign."""
    rows = [
        FaultRow(f"fault-{number}", "api", "A fault.", "killed", number != 2, ("A-1",), (), (f"A-{number}",), (), 1.0)
        for number in range(1, 60)
    ]
    (tmp_path / "faults.html").write_text(matrix_page(rows, 60.0), encoding="utf-8")
    return tmp_path / "faults.html"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_matrix_of_a_campaign_is_for_everybody_too(matrix: Path, opened: Open, scheme: str) -> None:
    assert serious(opened(matrix, bypass_csp=True, color_scheme=scheme)) == []


def test_the_matrix_scrolls_within_itself(matrix: Path, opened: Open) -> None:
    page = opened(matrix, viewport=PHONE)
    page.evaluate(OPEN_ALL)

    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


# Strangers.


@pytest.mark.parametrize("text", [*HOSTILE, ALL], ids=range(len(HOSTILE) + 1))
def test_whatever_a_target_says_nothing_runs_and_nothing_moves(
    report: Any, opened: Open, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "report.html"
    file.write_text(html_page(*sample(report, text).all), encoding="utf-8")
    page = opened(file, viewport=DESK)
    page.evaluate(OPEN_ALL)

    assert page.evaluate("window.ran") is None
    assert page.evaluate("[...document.querySelectorAll('h1, h2')].map((one) => one.id)") == [
        "", "verdict", "findings", "gaps", "requirements", "observations", "cost",
    ]  # fmt: skip
    assert page.evaluate("document.querySelectorAll('[style], [onerror], [onfocus], img, iframe, object').length") == 0
    assert page.evaluate("document.activeElement.tagName") == "BODY"
    assert page.evaluate("document.documentElement.scrollWidth") == DESK["width"]
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.locator(".lane-name, .cause, .said").first.evaluate("(one) => one.scrollWidth <= one.clientWidth")
