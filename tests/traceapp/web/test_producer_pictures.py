"""A producer's pictures of her products: added, refused, and taken away."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from photos import photo

Visit = Callable[..., Any]


class TestPictures:
    """Pictures of a product: seen by their own people in every state, and refused with a reason."""

    def _add(self, browser: Any, world: Any, file: Any, **given: str) -> Any:
        path = f"/producer/products/{world.producer.product.id}"
        return browser.post(f"{path}/pictures", {"picture": file, **given}, on=path)

    def test_a_picture_is_added_and_taken_off(self, world: Any, visit: Visit) -> None:
        browser = visit(world.producer)
        assert self._add(browser, world, (photo(), "a.jpg"), caption="Chai").status_code == 303
        path = f"/producer/products/{world.producer.product.id}"
        page = browser.get(path).text
        assert 'src="/producer/pictures/1"' in page and 'alt="Chai"' in page
        assert "Waiting for an officer" in page
        shown = browser.get("/producer/pictures/1")
        assert shown.content_type == "image/webp" and shown.data[:4] == b"RIFF"
        assert 'src="/producer/pictures/1"' in browser.get("/producer/products").text
        assert browser.post(f"{path}/pictures/1/removal", on=path).status_code == 303
        assert browser.get("/producer/pictures/1").status_code == 404
        again = browser.post(f"{path}/pictures/1/removal", on=path)
        assert again.status_code == 409 and "removed already" in again.text

    @pytest.mark.parametrize(
        "file",
        [
            (BytesIO(b""), ""),
            (BytesIO(b"%PDF-1.7"), "a.pdf"),
            (BytesIO(b"\0\0\0\x18ftypheic" + bytes(40)), "IMG_1.HEIC"),
        ],
    )
    def test_what_is_no_picture_is_told_beside_the_field(
        self, world: Any, visit: Visit, file: Any
    ) -> None:
        answer = self._add(visit(world.producer), world, (BytesIO(file[0].getvalue()), file[1]))
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text

    def test_a_picture_twice_or_one_too_many_is_refused(self, world: Any, visit: Visit) -> None:
        browser = visit(world.producer)
        assert self._add(browser, world, (photo(), "a.jpg")).status_code == 303
        assert self._add(browser, world, (photo(), "b.jpg")).status_code == 409
        for shade in range(5):
            file = (photo(colour=f"#10{shade}0{shade}0"), "c.jpg")
            assert self._add(browser, world, file).status_code == 303
        full = self._add(browser, world, (photo(colour="#ffffff"), "d.jpg"))
        assert full.status_code == 409 and "at most 6 pictures" in full.text

    def test_a_file_that_is_far_too_large_is_told_on_the_page(
        self, world: Any, visit: Visit
    ) -> None:
        browser = visit(world.producer)
        answer = browser.client.post(
            f"/producer/products/{world.producer.product.id}/pictures",
            input_stream=BytesIO(b"--x"),
            environ_overrides={"CONTENT_LENGTH": "52000000"},
            content_type="multipart/form-data; boundary=x",
            headers={"Accept-Language": "en"},
        )
        assert answer.status_code == 413 and "too large" in answer.text
