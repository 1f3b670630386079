"""Pictures from anywhere, as strangers' programs and cameras write them."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from colourpictures import icc, png
from PIL import Image

from vitascope.errors import JobError
from vitascope.media.image import read_image

DATA = Path(__file__).parents[2] / "data" / "pictures"


@pytest.fixture
def seen(tmp_path):
    """The colour in the middle of a picture, as it is read."""

    def read(image, kind="PNG", **options):
        data = image
        if isinstance(image, Image.Image):
            file = io.BytesIO()
            image.save(file, kind, **options)
            data = file.getvalue()
        (tmp_path / "picture").write_bytes(data)
        shown = read_image(tmp_path / "picture")
        assert shown.mode == "RGB"
        return shown.getpixel((shown.width // 2, shown.height // 2))

    return read


def plain(colour, mode="RGB", size=(64, 48)):
    return Image.new(mode, size, colour)


def near(colour, within=2):
    return pytest.approx(colour, abs=within)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95, "subsampling": 0}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("AVIF", {"quality": 100, "subsampling": "4:4:4"}),
    ],
)
@pytest.mark.parametrize(
    ("profile", "stored", "meant"),
    [
        ("Display P3", (184, 56, 49), (200, 40, 40)),
        ("Display P3", (88, 177, 77), (40, 180, 60)),
        ("Adobe RGB", (171, 43, 44), (200, 40, 40)),
    ],
)
def test_icc_profiles_are_followed(seen, kind, options, profile, stored, meant):
    assert seen(plain(stored), kind, icc_profile=icc(profile), **options) == near(meant, 6)


def test_a_profile_that_does_not_fit_is_left_alone(seen):
    assert seen(plain((10, 120, 200)), icc_profile=b"no profile" * 20) == (10, 120, 200)
    assert seen(plain((10, 120, 200)), icc_profile=icc("grey 1.8")) == (10, 120, 200)


def test_grey_pictures_have_profiles_too(seen):
    linear = (128 / 255) ** 1.8
    shown = 255 * (1.055 * linear ** (1 / 2.4) - 0.055)

    assert seen(plain(128, "L"), icc_profile=icc("grey 1.8")) == near((shown,) * 3)
    assert seen(plain(128, "L"), icc_profile=icc("Display P3")) == near((128,) * 3)


@pytest.mark.parametrize(
    ("chunks", "stored", "meant"),
    [
        ({"cICP": bytes((12, 13, 0, 1))}, (184, 56, 49), (200, 40, 40)),
        ({"cICP": bytes((9, 13, 0, 1))}, (164, 69, 49), (200, 40, 40)),
        ({"gAMA": struct.pack(">I", 100_000)}, (55, 128, 200), (128, 188, 227)),
        ({"gAMA": struct.pack(">I", 45_455)}, (55, 128, 200), (55, 128, 200)),
        ({"sRGB": b"\0", "gAMA": struct.pack(">I", 100_000)}, (55, 128, 200), (55, 128, 200)),
        (
            {
                "cHRM": struct.pack(">8I", 31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000),
                "gAMA": struct.pack(">I", 45_455),
            },
            (184, 56, 49),
            (200, 40, 40),
        ),
        ({"cHRM": bytes(32)}, (55, 128, 200), (55, 128, 200)),
    ],
)
def test_colours_that_png_names_by_number(seen, chunks, stored, meant):
    assert seen(png(2, 8, (8, 8), [bytes(stored) * 8] * 8, **chunks)) == near(meant, 3)


def test_avif_of_high_dynamic_range_is_toned_down(seen):
    """White paper in PQ is at 0.58 of the signal, which shows as grey if taken for sRGB."""
    file = io.BytesIO()
    plain((148, 148, 148)).save(file, "AVIF", quality=90)
    data = file.getvalue()
    assert seen(data) == near((148,) * 3)
    place = data.index(b"colrnclx") + 8
    wide = data[:place] + struct.pack(">HH", 9, 16) + data[place + 4 :]

    assert min(seen(wide)) > 200


@pytest.mark.parametrize(
    ("image", "kind", "expected"),
    [
        (plain((200, 40, 40), "RGBA"), "PNG", (200, 40, 40)),
        (plain((200, 40, 40, 0), "RGBA"), "PNG", (255, 255, 255)),
        (plain((0, 40, 200, 51), "RGBA"), "PNG", (204, 212, 244)),
        (plain((0, 40, 200, 51), "RGBA"), "TIFF", (204, 212, 244)),
        (plain((0, 40, 200, 0), "RGBA"), "WEBP", (255, 255, 255)),
        (plain((90, 0), "LA"), "PNG", (255, 255, 255)),
        (plain((90, 255), "LA"), "PNG", (90, 90, 90)),
        (plain(1, "1"), "PNG", (255, 255, 255)),
        (plain((0, 255, 255, 0), "CMYK"), "JPEG", (255, 0, 0)),
        (plain((0, 255, 255, 0), "CMYK"), "TIFF", (255, 0, 0)),
        (plain((90, 60, 200), "YCbCr"), "JPEG", (191, 62, 0)),
        (plain((200, 40, 40)).quantize(4), "PNG", (200, 40, 40)),
        (plain((200, 40, 40)).quantize(4), "GIF", (200, 40, 40)),
        (plain((200, 40, 40)), "BMP", (200, 40, 40)),
        (plain(0.5, "F"), "TIFF", (128, 128, 128)),
        (plain(30_000, "I"), "TIFF", (117, 117, 117)),
    ],
)
def test_every_mode_shows_what_is_to_be_seen(seen, image, kind, expected):
    assert seen(image, kind) == near(expected, 3)


def test_lab_is_converted(seen):
    """CIELAB (53, 80, 67) is sRGB's red."""
    assert seen(plain((round(53.2 * 2.55), 128 + 80, 128 + 67), "LAB"), "TIFF") == near(
        (255, 0, 0), 12
    )


@pytest.mark.parametrize("level", [0, 20_000, 65_535])
def test_grey_of_16_bits(seen, level):
    grey = np.full((8, 8), level, np.uint16)

    assert seen(Image.fromarray(grey)) == near((level / 257,) * 3, 1)
    assert seen(Image.fromarray(grey), "TIFF") == near((level / 257,) * 3, 1)


def test_a_transparent_colour_of_16_bits(seen):
    grey = struct.pack(">8H", *[1000] * 8)
    assert seen(png(0, 16, (8, 8), [grey] * 8, tRNS=struct.pack(">H", 1000))) == (255, 255, 255)
    assert seen(png(0, 16, (8, 8), [grey] * 8, tRNS=struct.pack(">H", 1001))) == (4, 4, 4)
    red = struct.pack(">3H", 50_000, 1000, 2000) * 8
    key = struct.pack(">3H", 50_000, 1000, 2000)
    assert seen(png(2, 16, (8, 8), [red] * 8, tRNS=key)) == (255, 255, 255)


def test_a_transparent_palette(seen):
    image = plain((200, 40, 40)).quantize(4)

    assert seen(image, transparency=image.getpixel((1, 1))) == (255, 255, 255)
    assert seen(image, "GIF", transparency=image.getpixel((1, 1))) == (255, 255, 255)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_pictures_are_set_upright(tmp_path, kind):
    image = plain((0, 0, 0), size=(64, 32))
    image.paste((255, 255, 255), (0, 0, 32, 32))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(tmp_path / "picture", kind, exif=exif)
    shown = read_image(tmp_path / "picture")

    assert shown.size == (32, 64)
    assert min(shown.getpixel((16, 10))) > 240
    assert max(shown.getpixel((16, 54))) < 15


def test_heic(tmp_path):
    """From an encoder of another program: Display P3, the right half transparent."""
    shown = read_image(DATA / "p3.heic")

    assert shown.size == (96, 64)
    assert shown.getpixel((20, 32)) == near((200, 40, 40), 4)
    assert shown.getpixel((76, 32)) == near((255, 255, 255), 4)


@pytest.mark.parametrize("frames", [1, 3])
def test_of_many_pictures_the_first_is_taken(seen, frames):
    rest = [plain((0, 0, 255)) for _ in range(frames - 1)]
    for kind in ("GIF", "WEBP", "TIFF", "AVIF"):
        shown = seen(plain((200, 40, 40)), kind, save_all=True, append_images=rest)
        assert shown == near((200, 40, 40), 4), kind


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"not a picture", "not an image of a supported format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not an image of a supported"),
        (b"P6 2 2 255 " + bytes(12), "not an image of a supported format"),
        (
            b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\x02L\x01\0;",
            "million pixels",
        ),
        (png(2, 8, (8, 8), [bytes(24)] * 8)[:46], "damaged or incomplete"),
        (png(2, 8, (15_000, 15_000), []), "million pixels"),
    ],
)
def test_what_can_not_be_used_is_refused(tmp_path, data, reason):
    (tmp_path / "picture").write_bytes(data)
    with pytest.raises(JobError, match=reason) as caught:
        read_image(tmp_path / "picture")

    assert caught.value.code == "invalid_image"


def test_a_picture_that_is_not_there_is_no_fault_of_the_sender(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_image(tmp_path / "picture")


def test_what_a_reader_says_without_words_is_the_files_fault(tmp_path, monkeypatch):
    """Pillow's readers meet broken files with errors of any kind."""
    plain((1, 2, 3)).save(tmp_path / "picture", "PNG")

    def broken(image, **options):
        raise ZeroDivisionError

    monkeypatch.setattr("PIL.ImageOps.exif_transpose", broken)
    with pytest.raises(JobError, match="damaged"):
        read_image(tmp_path / "picture")
