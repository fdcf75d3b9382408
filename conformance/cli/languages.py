"""The languages that options offer."""

import click

LANGUAGES = click.Choice(["en", "zh-TW"])
"""Those of `conformance.requirements.translation`, which would load the registry."""
