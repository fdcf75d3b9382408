"""The folders of the collection: a walk through the API, what it refuses, webhooks, and their deliveries."""

from collections.abc import Iterator
from typing import Any

from conformance.cases.bodies import a_generation, an_upload
from conformance.cases.fields import LATER, cases
from conformance.cases.input_images import image, padded
from conformance.contract import Contract, Operation
from conformance.postman.request import Item, answered, kept, only_with, request, script

BASE = "{{baseUrl}}"
PHOTO = "photo.png"
UNKNOWN_KEY = "gimg_00000000000000000000000000000000"
UNKNOWN_ID = "gen_that_never_was"
NOT_FOUND = ("400", "403", "404", "410", "422")
"""What refuses to show a generation (R24)."""
REFUSALS = {"generate": ("400",), "upload": ("400", "413", "415", "422")}
"""What refuses a wrong body; the errors of upload are not documented (R15)."""


def photo() -> bytes:
    """The image that the walk uploads, exactly as large as the contract's example says."""
    return padded(image(), an_upload()["size"])


def folders(contract: Contract) -> list[Item]:
    """All folders, in the order in which a collection run goes through them."""
    asked = contract.operations
    return [
        _folder("Upload an image", _uploads(asked["upload"])),
        _folder("Generate, poll and download", _generations(asked["generate"], asked["generation"])),
        _folder("What is refused", _refused(contract)),
        _folder("Webhooks (needs cookie and receiverUrl)", _webhooks(contract)),
        _folder("Deliveries to your receiver (needs receiverUrl)", _deliveries(contract)),
    ]


def _folder(name: str, items: Iterator[Item]) -> Item:
    return {"name": name, "item": list(items)}


def _to(operation: Operation, name: str, *, id_: str = "", **options: Any) -> Item:
    return request(name, operation.method, BASE + operation.path.replace("{id}", id_), **options)


def _uploads(upload: Operation) -> Iterator[Item]:
    keep = kept(uploadUrl="url", storageKey="key")
    yield _to(
        upload, "Ask for a URL", body=an_upload(), after=answered("200") + keep, about=upload.part.node["summary"]
    )
    put = request("Put the image there", "PUT", "{{uploadUrl}}", headers={"Content-Type": an_upload()["contentType"]},
                  key="", before=only_with("uploadUrl"), after=answered("200", "201", "204"))  # fmt: skip
    put["request"]["body"] = {"mode": "file", "file": {"src": PHOTO}}
    yield put


def _generations(generate: Operation, generation: Operation) -> Iterator[Item]:
    again = {"Idempotency-Key": "{{idempotencyKey}}"}
    fresh = 'pm.collectionVariables.set("idempotencyKey", pm.variables.replaceIn("{{$guid}}"));\n'
    yield _to(generate, "Generate an image", body=a_generation(), headers=again, before=fresh,
              after=answered("202") + kept(generationId="generationId"))  # fmt: skip
    yield _to(generate, "Repeat the call: the same generation", body=a_generation(), headers=again,
              after=answered("200", "202") + _SAME)  # fmt: skip
    yield _to(generation, "Poll until it has ended", id_="{{generationId}}", before=script("pause"),
              after=answered("200") + script("poll"))  # fmt: skip
    yield request("Download the PNG", "GET", "{{png}}", key="", before=only_with("png"), after=answered("200") + _PNG)
    examples = generate.part.node["requestBody"]["content"]["application/json"]["examples"]
    every, edit = examples["textToImage"], examples["edit"]
    yield _to(generate, every["summary"], body=every["value"], after=answered("202"))
    body = {**edit["value"], "quality": "low", "inputImageKeys": ["{{storageKey}}"]}
    yield _to(generate, edit["summary"], body=body, before=only_with("storageKey"), after=answered("202"))


_SAME = """pm.test("it is the first generation", () => {
    const record = pm.response.json();
    pm.expect(record.generationId || record.id).to.equal(pm.collectionVariables.get("generationId"));
});
"""
_PNG = """pm.test("it is a PNG", () => pm.expect(pm.response.headers.get("Content-Type")).to.include("image/png"));
"""


def _refused(contract: Contract) -> Iterator[Item]:
    for found in contract.keyed.values():
        example = {"body": found.example} if found.takes_body else {}
        for what, key in (("no key", ""), ("a key that was never issued", UNKNOWN_KEY)):
            yield _to(found, f"{found.id}: {what}", id_=UNKNOWN_ID, key=key, after=answered("401"), **example)
        if found.takes_id:
            yield _to(found, f"{found.id}: an id that was never given", id_=UNKNOWN_ID, after=answered(*NOT_FOUND))
    for name, statuses in REFUSALS.items():
        for case in cases(name, valid=False):
            if case.priority < LATER:
                yield _to(contract.operations[name], f"{name}: {case.name} ({case.requirement})", body=case.body,
                          after=answered(*statuses))  # fmt: skip


def _webhooks(contract: Contract) -> Iterator[Item]:
    register, delete = contract.operations["registerWebhook"], contract.operations["deleteWebhook"]
    session, needed = {"Cookie": "{{cookie}}"}, only_with("cookie", "receiverUrl")
    body = {**register.example, "url": "{{receiverUrl}}"}
    secret = kept(webhookId="id", webhookSecret="secret")
    yield _to(register, register.part.node["summary"], body=body, headers=session, key="", before=needed,
              after=answered("200", "201") + secret)  # fmt: skip
    gone = 'pm.test("it is deleted", () => pm.response.to.be.success);\n'
    yield _to(delete, delete.part.node["summary"], id_="{{webhookId}}", headers=session, key="",
              before=only_with("cookie", "webhookId"), after=gone)  # fmt: skip


def _deliveries(contract: Contract) -> Iterator[Item]:
    for event, item in contract.document["webhooks"].items():
        sent = item["post"]["requestBody"]["content"]["application/json"]["examples"]
        for example in sent.values():
            yield request(
                item["post"]["summary"], "POST", "{{receiverUrl}}", body=example["value"],
                headers={"X-Gptimg-Event": event}, key="",
                before=only_with("receiverUrl", "webhookSecret") + script("sign"),
                after='pm.test("any 2xx takes the delivery", () => pm.response.to.be.success);\n',
            )  # fmt: skip
