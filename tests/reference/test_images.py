import io
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from conformance.reference import painter
from tests.reference.caller import Caller


def file(size: tuple[int, int], colour: str, kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def finished(caller: Caller, **body: Any) -> list[dict[str, object]]:
    generation_id = caller.generation(**body)
    caller.advance(5)
    record = caller.poll(generation_id).json()
    assert record["status"] == "succeeded", record
    outputs: list[dict[str, object]] = record["outputs"]
    return outputs


@pytest.mark.parametrize(
    ("size", "quality", "pixels"),
    [
        ("1024x1024", "low", (1024, 1024)),
        ("1024x1536", "medium", (1024, 1536)),
        ("1536x1024", "high", (3072, 2048)),
    ],
)
def test_outputs_are_real_pictures_of_their_size(
    primary: Caller, size: str, quality: str, pixels: tuple[int, int]
) -> None:
    (output,) = finished(primary, size=size, quality=quality)
    assert (output["width"], output["height"]) == pixels
    for kind in ("png", "webp"):
        answer = primary.http.get(str(output[kind]))
        assert answer.headers["Content-Type"] == f"image/{kind}"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert primary.http.get(str(output[kind])).content == answer.content
        with Image.open(io.BytesIO(answer.content), formats=[kind.upper()]) as picture:
            picture.load()
            assert picture.size == pixels
        fresh = primary.http.get(str(output[kind]), headers={"If-None-Match": answer.headers["ETag"]})
        assert (fresh.status_code, fresh.content) == (304, b"")
        head = primary.http.head(str(output[kind]))
        assert (head.headers["Content-Length"], head.content) == (str(len(answer.content)), b"")


def test_every_index_is_another_picture_and_both_formats_show_it(primary: Caller) -> None:
    outputs = finished(primary, n=4)
    pixels = []
    for output in outputs:
        shown = [
            Image.open(io.BytesIO(primary.http.get(str(output[kind])).content)).convert("RGB")
            for kind in ("png", "webp")
        ]
        assert shown[0].tobytes() == shown[1].tobytes()
        pixels.append(shown[0].tobytes())
    assert len(set(pixels)) == 4


def test_nothing_is_shown_before_the_end_nor_what_is_not_there(primary: Caller) -> None:
    generation_id = primary.generation()
    assert primary.http.get(f"/images/{generation_id}/0.png").status_code == 404
    primary.advance(5)
    statuses = {name: primary.http.get(f"/images/{generation_id}/{name}").status_code for name in ("0.png", "1.png")}
    assert statuses == {"0.png": 200, "1.png": 404}
    for path in (f"{generation_id}/0.gif", f"{generation_id}/-1.png", "unknown/0.png", f"{generation_id}/0"):
        assert primary.http.get(f"/images/{path}").status_code == 404


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_an_edit_shows_what_was_uploaded(primary: Caller, kind: str) -> None:
    def mean(colour: str) -> list[float]:
        key = primary.put(file((40, 30), colour, kind), f"image/{kind}")
        (output,) = finished(primary, type="edit", inputImageKeys=[key])
        with Image.open(io.BytesIO(primary.http.get(str(output["png"])).content)) as picture:
            assert picture.size == (1024, 1024)
            return ImageStat.Stat(picture.convert("RGB")).mean

    red, blue = mean("#ff0000"), mean("#0000ff")
    assert red[0] - blue[0] > 150
    assert blue[2] - red[2] > 150


def test_an_edit_keeps_the_bytes_it_was_given(primary: Caller) -> None:
    content, later = file((8, 8), "red", "png"), file((8, 8), "blue", "png")
    size = max(len(content), len(later))
    issued = primary.upload(size=size).json()
    headers = {"Content-Type": "image/png"}
    primary.http.put(issued["url"], content=content.ljust(size), headers=headers)
    generation_id = primary.generation(type="edit", inputImageKeys=[issued["key"]])
    primary.http.put(issued["url"], content=later.ljust(size), headers=headers)
    primary.advance(5)
    shown = primary.http.get(f"/images/{generation_id}/0.png").content
    with Image.open(io.BytesIO(shown)) as picture:
        red, _, blue = ImageStat.Stat(picture.convert("RGB")).mean
    assert red > blue


def test_an_upload_that_is_no_picture_fails_the_edit(primary: Caller) -> None:
    before = primary.balance
    broken = file((40, 40), "red", "png")[:60]
    for content in (b"no picture", broken):
        generation_id = primary.generation(type="edit", inputImageKeys=[primary.put(content)])
        primary.advance(5)
        assert primary.poll(generation_id).json()["status"] == "failed"
    assert primary.balance == before


def test_a_picture_of_absurd_size_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(painter, "PIXELS_MAX", 99)
    small, large = file((9, 11), "red", "png"), file((10, 10), "red", "png")
    pillow = painter.Pillow()
    assert pillow.decode(small).size == (9, 11)
    with pytest.raises(painter.UnreadableInput):
        pillow.decode(large)


def test_keys_of_pictures_are_known_and_the_callers_own(primary: Caller, other: Caller) -> None:
    key, empty = primary.put(file((4, 4), "red", "png")), primary.upload().json()["key"]
    for caller, keys, index in ((primary, [key, empty], 1), (other, [key], 0), (primary, [key, "unknown"], 1)):
        answer = caller.generate(type="edit", inputImageKeys=keys)
        assert answer.status_code == 400
        assert [issue["path"] for issue in answer.json()["error"]["issues"]] == [["inputImageKeys", index]]


def test_text2img_does_not_use_pictures(primary: Caller) -> None:
    plain, given = finished(primary), finished(primary, inputImageKeys=[primary.put(file((4, 4), "red", "png"))])
    shown = [
        Image.open(io.BytesIO(primary.http.get(str(each[0]["png"])).content)).convert("RGB") for each in (plain, given)
    ]
    assert ImageChops.difference(*shown).getbbox() is None
