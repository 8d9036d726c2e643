from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest
from PIL import Image

from marketplaces.catalogue_import import import_catalogue, photos
from marketplaces.catalogue_import.errors import RowError
from marketplaces.catalogue_import.photos import read_file, read_photo
from marketplaces.models import Product, ProductImage
from stoflow.tenants.models import Tenant
from tests.marketplaces.catalogue_import.builders import csv_text, draw, good, row, upload
from tests.marketplaces.catalogue_import.conftest import Import

LINK = "https://images.example.com/{}.jpg"


def links(sku: str) -> list[str]:
    images = ProductImage.objects.filter(product__sku=sku).order_by("position")
    return [image.url.removeprefix("https://images.example.com/")[:-4] for image in images]


def test_photos_are_shared_by_the_variants_and_the_variants_own_comes_first(run: Import) -> None:
    run(
        good("a", option="S", value="1", image=LINK.format("x"), position=1),
        row("a", value="2", price=1, image=LINK.format("y"), variant_image=LINK.format("y")),
        row("a", value="3", price=1, variant_image=LINK.format("z")),
        row("a", image=LINK.format("w"), position=3),
    )
    assert links("a/1") == ["x", "w", "y"]
    assert links("a/2") == ["y", "x", "w"]
    assert links("a/3") == ["z", "x", "w", "y"]


def test_photos_come_in_the_order_of_their_positions(run: Import) -> None:
    run(
        good("a", image=LINK.format("3"), position=3),
        row("a", image=LINK.format("1"), position=1),
        row("a", image=LINK.format("2"), position="2.0"),
        row("a", image=LINK.format("last")),
    )
    assert links("a") == ["1", "2", "3", "last"]
    positions = ProductImage.objects.order_by("position").values_list("position", flat=True)
    assert list(positions) == [1, 2, 3, 4]


def test_a_position_that_is_no_number_is_a_warning(run: Import) -> None:
    report = run(good("a", image=LINK.format("1"), position="first"))
    assert "“first” is no number" in report.warnings[0].text


def test_no_photo_comes_twice_for_a_product(run: Import, folder: Path) -> None:
    draw(folder / "one.png")
    (folder / "copy.png").write_bytes((folder / "one.png").read_bytes())
    run(
        good("a", image="one.png"),
        row("a", image="copy.png"),
        row("a", image=LINK.format("1")),
        row("a", image=LINK.format("1")),
    )
    assert ProductImage.objects.count() == 2


def test_a_link_is_known_by_its_text(run: Import) -> None:
    run(good("a", image=LINK.format("1"), alt="  From the  front "))
    image = ProductImage.objects.get()
    assert image.checksum == sha256(LINK.format("1").encode()).hexdigest()
    assert (image.alt_text, image.file.name) == ("From the front", "")


def test_a_file_is_copied_into_the_sellers_storage_by_its_content(
    run: Import, folder: Path, storage: Path
) -> None:
    data = draw(folder / "photos" / "One.JPEG")
    run(good("a", image="photos/One.JPEG"), good("b", image="photos\\One.JPEG"))
    image = ProductImage.objects.first()
    assert image is not None
    checksum = sha256(data).hexdigest()
    assert (image.checksum, image.url) == (checksum, "")
    assert image.file.name == f"t1/images/{checksum[:2]}/{checksum}.jpg"
    assert [path.read_bytes() for path in storage.rglob("*.*")] == [data]


def test_the_suffix_is_that_of_the_content(run: Import, folder: Path) -> None:
    draw(folder / "real.png")
    (folder / "real.png").rename(folder / "wrong.jpg")
    run(good("a", image="wrong.jpg"))
    assert str(ProductImage.objects.get().file.name).endswith(".png")


def test_a_file_that_a_killed_import_left_half_written_is_replaced(
    run: Import, folder: Path, storage: Path
) -> None:
    data = draw(folder / "one.png")
    checksum = sha256(data).hexdigest()
    half = storage / "t1" / "images" / checksum[:2] / f"{checksum}.png"
    half.parent.mkdir(parents=True)
    half.write_bytes(data[:100])
    run(good("a", image="one.png"))
    assert half.read_bytes() == data
    assert len(list(storage.rglob("*.*"))) == 1


def test_a_bad_photo_is_rejected_and_the_product_imported_without_it(run: Import) -> None:
    report = run(good("a", image="none.jpg"), row("a", image=LINK.format("1")), good("b"))
    assert [note.line for note in report.rejections] == [2]
    assert "no file “none.jpg”" in report.rejections[0].text
    assert (report.created, links("a"), report.exit_code) == (2, ["1"], 1)


def test_a_photo_that_cannot_be_read_leaves_the_products_present_photos(
    run: Import, folder: Path
) -> None:
    draw(folder / "one.png")
    rows = good("a", image="one.png"), row("a", image=LINK.format("1"))
    run(*rows)
    (folder / "one.png").unlink()
    report = run(*rows)
    assert (report.unchanged, report.exit_code) == (1, 1)
    assert ProductImage.objects.count() == 2


def test_a_broken_photo_row_leaves_the_products_present_photos(run: Import) -> None:
    rows = good("a", image=LINK.format("1")), row("a", image=LINK.format("2"))
    run(*rows)
    report = run(csv_text(rows[0]) + "a,too few\n")
    assert (report.unchanged, links("a")) == (1, ["1", "2"])


def test_changed_photos_replace_the_list(run: Import) -> None:
    run(good("a", image=LINK.format("1")), row("a", image=LINK.format("2")))
    before = Product.objects.get().updated_at
    report = run(good("a", image=LINK.format("2")), row("a", image=LINK.format("3")))
    assert (report.updated, links("a")) == (1, ["2", "3"])
    assert Product.objects.get().updated_at > before


def test_a_photo_whose_bytes_changed_is_replaced(run: Import, folder: Path) -> None:
    draw(folder / "one.png", "red")
    run(good("a", image="one.png"))
    data = draw(folder / "one.png", "blue")
    report = run(good("a", image="one.png"))
    assert report.updated == 1
    assert Path(ProductImage.objects.get().file.path).read_bytes() == data


def test_a_changed_caption_is_an_update_and_a_long_one_is_cut(run: Import) -> None:
    run(good("a", image=LINK.format("1"), alt="x"))
    report = run(good("a", image=LINK.format("1"), alt="y" * 600))
    assert (report.updated, len(ProductImage.objects.get().alt_text)) == (1, 500)
    assert "cut" in report.warnings[0].text


def test_photos_taken_out_of_the_file_are_taken_off_the_product(run: Import) -> None:
    run(good("a", image=LINK.format("1")))
    assert run(good("a")).updated == 1
    assert not ProductImage.objects.exists()


def test_a_file_without_a_column_for_photos_leaves_them(run: Import) -> None:
    run(good("a", image=LINK.format("1")))
    run("Handle,Title,Variant Price\na,A,11\n")
    assert links("a") == ["1"]


def test_an_upload_may_have_links_but_no_files(tenant: Tenant, storage: Path) -> None:
    report = import_catalogue(upload(good("a", image="one.png"), good("b", image=LINK.format("1"))))
    assert "no folder of files" in report.rejections[0].text
    assert links("b") == ["1"]


@pytest.mark.parametrize(
    "source",
    [
        "../secret.png",
        "/etc/passwd",
        "a/../../secret.png",
        "C:\\secret.png",
        "way/secret.png",
        "..\\secret.png",
        "link.png",
        ".",
        "a\0b.png",
        "x" * 5000,
        "loop.png",
    ],
)
def test_nothing_outside_the_folder_is_read(folder: Path, source: str) -> None:
    draw(folder.parent / "secret.png")
    (folder / "link.png").symlink_to(folder.parent / "secret.png")
    (folder / "way").symlink_to(folder.parent)
    (folder / "loop.png").symlink_to(folder / "loop.png")
    with pytest.raises(RowError):
        read_photo(source, folder)


def test_a_link_within_the_folder_is_fine(folder: Path) -> None:
    draw(folder / "real.png")
    (folder / "link.png").symlink_to("real.png")
    assert read_photo("link.png", folder).path == (folder / "real.png").resolve()


@pytest.mark.parametrize(
    "source",
    [
        "ftp://example.com/a.jpg",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "http://",
        "file:///etc/passwd",
        "https://exa mple.com/a",
        "http://[::1",
        "https://a.example/ b.jpg",
        "https://images.example.com/" + "x" * 2000,
    ],
)
def test_what_is_no_usable_link_is_refused(folder: Path, source: str) -> None:
    with pytest.raises(RowError, match="link"):
        read_photo(source, folder)


def test_a_folder_or_a_pipe_is_no_photo(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    for source in (".", "pipe.png"):
        with pytest.raises(RowError):
            read_photo(source, folder)


@pytest.mark.parametrize("content", [b"", b"not a photo", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe"])
def test_what_is_no_photo_is_refused(folder: Path, content: bytes) -> None:
    (folder / "a.png").write_bytes(content)
    with pytest.raises(RowError, match="no complete"):
        read_photo("a.png", folder)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp", "a.gif"])
def test_a_photo_that_ends_half_way_is_refused(folder: Path, name: str) -> None:
    Image.effect_noise((600, 600), 80).save(folder / name)
    data = (folder / name).read_bytes()
    assert read_photo(name, folder).suffix == Path(name).suffix
    (folder / name).write_bytes(data[: len(data) // 2])
    with pytest.raises(RowError, match="no complete"):
        read_photo(name, folder)


@pytest.mark.parametrize("size", [(9000, 9000), (20000, 20000)])
def test_a_photo_of_too_many_pixels_is_never_unpacked(folder: Path, size: tuple[int, int]) -> None:
    """Half of the file is missing, so unpacking it would be another message."""
    Image.new("1", size).save(folder / "bomb.png")
    data = (folder / "bomb.png").read_bytes()
    (folder / "bomb.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(RowError, match="more than 64 million pixels"):
        read_photo("bomb.png", folder)


def test_a_photo_beyond_twenty_megabytes_is_refused(folder: Path) -> None:
    with (folder / "a.png").open("wb") as file:
        file.truncate(photos.LARGEST_PHOTO + 1)
    with pytest.raises(RowError, match="larger than 20 MB"):
        read_photo("a.png", folder)


def test_an_unreadable_photo_says_why() -> None:
    with pytest.raises(RowError, match=r"“a\.png” cannot be read: Input/output error"):
        read_file(Path("/proc/self/mem"), "a.png")
