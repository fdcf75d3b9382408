"""`python -m conformance.cases` writes what is kept of the contract again; for who changes a schema."""

from conformance.cases import boundaries, examples

for module in (boundaries, examples):
    module.KEPT.write_text(module.written(), encoding="utf-8")
