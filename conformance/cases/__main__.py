"""`python -m conformance.cases` writes what is kept again; for who changes a schema, or the model of customers."""

from conformance.cases import boundaries, examples, histories

for module in (boundaries, examples, histories):
    module.KEPT.write_text(module.written(), encoding="utf-8")
