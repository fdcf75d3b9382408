"""What is uploaded is what it says it is."""

import pytest

from conformance.cases.input_images import MEDIA_TYPES, image, padded
from conformance.evidence.images import look_at


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_an_image_is_of_its_media_type(media_type: str) -> None:
    found = look_at(image(media_type))

    assert f"image/{found.format.lower()}" == media_type
    assert found.size == (64, 64)
    assert image(media_type, shade=0) != image(media_type, shade=50)


def test_a_png_can_be_made_larger() -> None:
    large = padded(image(), 5000)

    assert len(large) == 5000
    assert look_at(large).size == look_at(image()).size
