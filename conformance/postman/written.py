"""The files of the collection."""

import json

from conformance.contract import load
from conformance.postman.document import environment_of, postman_collection
from conformance.postman.folders import PHOTO, photo


def contents() -> dict[str, bytes]:
    """By its name, what each file holds; the same for the same contract."""
    contract = load()
    values = {"collection.json": postman_collection(contract), "environment.json": environment_of(contract)}
    texts = {name: (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode() for name, value in values.items()}
    return texts | {PHOTO: photo()}
