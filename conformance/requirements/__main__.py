"""For who changes the registry: `python -m conformance.requirements` prints what the translation lacks.

`python -m conformance.requirements DOCUMENTATION.txt` writes what is kept of the documentation's sentences.
"""

import sys
from pathlib import Path

import click

from conformance.requirements import load
from conformance.requirements.basis import followed, words_of
from conformance.requirements.documentation import sentences, written
from conformance.requirements.guards import gaps_in_translation
from conformance.requirements.translation import ENGLISH, LANGUAGES, entries

KEPT = Path(__file__).with_name("documentation.json")

if sys.argv[1:]:
    every = sentences(Path(sys.argv[1]).read_text(encoding="utf-8-sig"), words_of(load()))
    for row in load():
        followed(row, every)
    KEPT.write_text(written(every), encoding="utf-8")
    click.echo(f"{KEPT}: {len(every)} sentences")
    sys.exit()
found = [gap for lang in LANGUAGES if lang != ENGLISH for gap in gaps_in_translation(load(), entries(lang), lang)]
click.echo("\n".join(found) or "every translation is complete")
sys.exit(bool(found))
