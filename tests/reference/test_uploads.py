import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3  # type: ignore[import-untyped]
import httpx
import pytest
from botocore.config import Config  # type: ignore[import-untyped]

from conformance.reference import Rules, SteppedClock, sigv4, storage
from conformance.reference.model import UploadOrder
from tests.reference.caller import Caller

PNG = {"Content-Type": "image/png"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("filename", ""),
        ("filename", "x" * 201),
        ("filename", "鷺" * 201),
        ("filename", 1),
        ("contentType", "image/gif"),
        ("contentType", None),
        ("size", 0),
        ("size", -1),
        ("size", 1.5),
        ("size", "4"),
        ("size", True),
        ("size", 10_485_761),
    ],
)
def test_a_wrong_field_is_refused_by_name(primary: Caller, field: str, value: Any) -> None:
    answer = primary.upload(**{field: value})
    assert answer.status_code == 400
    assert [issue["path"] for issue in answer.json()["error"]["issues"]] == [[field]]


@pytest.mark.parametrize(
    "body", [{"filename": "x" * 200}, {"filename": "鷺" * 200}, {"size": 1}, {"size": 10_000_000}, {"size": 10_485_760}]
)
def test_the_limits_themselves_are_served(primary: Caller, body: dict[str, Any]) -> None:
    assert primary.upload(**body).status_code == 200


def test_keys_are_fresh_and_do_not_name_the_file(primary: Caller) -> None:
    keys = [primary.upload(filename="secret-heron.png").json()["key"] for _ in range(3)]
    assert len(set(keys)) == 3
    assert not any("heron" in key for key in keys)


def test_ten_megabytes_are_put(primary: Caller) -> None:
    content = bytes(10_000_000)
    key = primary.put(content)
    assert primary.server.service.parts.bucket.uploads[key].content == content


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/xml"
    found = re.search(r"<Code>(\w+)</Code>", answer.text)
    return answer.status_code, found[1] if found else ""


def test_only_what_was_announced_can_be_put(primary: Caller) -> None:
    url = primary.upload().json()["url"]
    head, _, signature = url.rpartition("=")
    forged = f"{head}={signature[:30]}{'1' if signature[30] == '0' else '0'}{signature[31:]}"
    key = urlsplit(url).path[-4:]
    wrong = {
        "forged signature": primary.http.put(forged, content=b"1234", headers=PNG),
        "more bytes": primary.http.put(url, content=b"12345", headers=PNG),
        "fewer bytes": primary.http.put(url, content=b"123", headers=PNG),
        "another type": primary.http.put(url, content=b"1234", headers={"Content-Type": "image/webp"}),
        "no type": primary.http.put(url, content=b"1234"),
        "no length": primary.http.put(url, content=iter([b"1234"]), headers=PNG),
        "another key": primary.http.put(url.replace(key, key[::-1] + "0"), content=b"1234", headers=PNG),
        "another method": primary.http.post(url, content=b"1234", headers=PNG),
        "longer expiry": primary.http.put(url.replace("Expires=300", "Expires=900"), content=b"1234", headers=PNG),
        "a parameter more": primary.http.put(url + "&x=1", content=b"1234", headers=PNG),
    }
    assert {name: code(answer) for name, answer in wrong.items()} == dict.fromkeys(
        wrong, (403, "SignatureDoesNotMatch")
    )
    assert primary.http.put(url, content=b"1234", headers=PNG).status_code == 200


def test_what_is_not_presigned_is_denied(primary: Caller) -> None:
    url = primary.upload().json()["url"]
    plain = url.partition("?")[0]
    for query in ("", "?X-Amz-Date=soon&X-Amz-Expires=1", "?X-Amz-Date=20260101T000000Z&X-Amz-Expires=x"):
        assert code(primary.http.put(plain + query, content=b"1234", headers=PNG)) == (403, "AccessDenied")
    assert code(primary.http.get(plain)) == (403, "AccessDenied")


def test_a_url_is_good_for_five_minutes(primary: Caller) -> None:
    url = primary.upload().json()["url"]
    primary.advance(300)
    assert primary.http.put(url, content=b"1234", headers=PNG).status_code == 200
    primary.advance(1)
    assert code(primary.http.put(url, content=b"1234", headers=PNG)) == (403, "AccessDenied")


def test_a_key_that_the_bucket_does_not_know_is_not_stored(primary: Caller) -> None:
    issued = primary.upload().json()
    del primary.server.service.parts.bucket.uploads[issued["key"]]
    assert code(primary.http.put(issued["url"], content=b"1234", headers=PNG)) == (404, "NoSuchKey")


def test_boto3_signs_the_same_url() -> None:
    base_url, key = "http://127.0.0.1:8080", "uploads/a heron/~1.png"
    client = boto3.client(
        "s3",
        endpoint_url=base_url,
        region_name=sigv4.REGION,
        aws_access_key_id=storage.ACCESS_KEY,
        aws_secret_access_key=storage.SECRET_KEY,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    params = {"Bucket": storage.BUCKET, "Key": key, "ContentLength": 1234, "ContentType": "image/webp"}
    theirs = client.generate_presigned_url("put_object", params, ExpiresIn=300)

    date = datetime.fromtimestamp(sigv4.epoch(dict(parse_qsl(theirs))["X-Amz-Date"]), UTC)
    presigner = storage.Presigner(Rules(), SteppedClock(start=date), base_url)
    ours = presigner.url(key, UploadOrder("heron.webp", "image/webp", 1234))
    assert urlsplit(ours).path == urlsplit(theirs).path
    assert parse_qsl(urlsplit(ours).query)[-1] == parse_qsl(urlsplit(theirs).query)[-1]
    assert sorted(parse_qsl(urlsplit(ours).query)) == sorted(parse_qsl(urlsplit(theirs).query))
