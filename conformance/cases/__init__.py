"""Bodies made from the contract: boundary cases, drawn examples, histories. Pure."""
