"""Templates of this package, with every output escaped, and with a policy that lets nothing else run."""

import base64
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from conformance.report.html.phrases import Words
from conformance.report.html.shown import breakable, output, shown, with_options

_FOLDER = "report/templates"


def rendered(template: str, words: Words, **values: object) -> str:
    """A page of one file: its style and its script stand in it, and the policy names the two by their hashes."""
    style, script = _own("page.css"), _own("page.js")
    page = _environment().get_template(template)
    return page.render(t=words, style=style, script=script, policy=_policy(style, script), **values)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("conformance", _FOLDER),
        autoescape=True,
        finalize=output,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"shown": shown, "breakable": breakable, "with_options": with_options}
    return made


@cache
def _own(name: str) -> Markup:
    """A text of this package: no foreign one goes this way."""
    return Markup((files("conformance") / _FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _policy(style: str, script: str) -> str:
    """No address, no frame, no form: nothing but these two texts."""
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; "
        "form-action 'none'; require-trusted-types-for 'script'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"
