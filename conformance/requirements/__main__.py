"""`python -m conformance.requirements` prints what the translation lacks; for who adds or changes a requirement."""

import sys

import click

from conformance.requirements import load
from conformance.requirements.guards import gaps_in_translation
from conformance.requirements.translation import ENGLISH, LANGUAGES, entries

found = [gap for lang in LANGUAGES if lang != ENGLISH for gap in gaps_in_translation(load(), entries(lang), lang)]
click.echo("\n".join(found) or "every translation is complete")
sys.exit(bool(found))
