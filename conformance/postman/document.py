"""The collection and its environment, as JSON values."""

import json
from typing import Any

from conformance import __version__
from conformance.contract import Contract
from conformance.postman.documented_answers import answers
from conformance.postman.folders import folders
from conformance.postman.request import events, script

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
NAME = "Image-generation API"
ABOUT = f"""Every operation of the documentation, with tests of status, headers and body that its contract asks for.

Choose an environment with `baseUrl` and `apiKey`, put photo.png into the working directory, and run the collection.
A run takes about 40 requests and four credits. `cookie` (of the dashboard session) and `receiverUrl` add webhooks.
It shows what the API is like, and finds plain mistakes; gimg-conformance {__version__} has all that is promised.
"""
VARIABLES = {"pollSeconds": "2", "mostPolls": "60"}
"""How long a generation is awaited."""
PASSED_ON = ("generationId", "idempotencyKey", "png", "polled", "storageKey", "uploadUrl", "webhookId", "webhookSecret")
"""What requests keep for later ones."""


def postman_collection(contract: Contract) -> dict[str, Any]:
    """A collection in the format 2.1: folders of requests, each with its test script. Pure."""
    after = script("every_answer").replace("CONTRACT", json.dumps(answers(contract), ensure_ascii=False), 1)
    return {
        "info": {"name": NAME, "description": ABOUT, "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{apiKey}}", "type": "string"}]},
        "event": events(script("close"), after),
        "variable": [
            {"key": name, "value": value} for name, value in (VARIABLES | dict.fromkeys(PASSED_ON, "")).items()
        ],
        "item": folders(contract),
    }


def environment_of(contract: Contract) -> dict[str, Any]:
    """An environment to fill in: the server of the contract, and no secret."""
    secret = {"apiKey": "", "cookie": ""}
    plain = {"baseUrl": contract.document["servers"][0]["url"], "receiverUrl": ""}
    values = [{"key": key, "value": value, "type": "default", "enabled": True} for key, value in plain.items()]
    values += [{"key": key, "value": value, "type": "secret", "enabled": True} for key, value in secret.items()]
    return {"name": NAME, "values": values, "_postman_variable_scope": "environment"}
