"""Sizes that strangers' films claim: what they are stored in, and what they are shown in."""

import io
import re
import struct
from fractions import Fraction

import av
import pytest
from films import picture
from PIL import Image

from vitascope.errors import JobError
from vitascope.media.cutout import cut_out
from vitascope.media.normalise import normalise
from vitascope.spec import Size


def film(path, size, ratio=None, rotation=0):
    with av.open(path, "w") as out:
        stream = out.add_stream("libx264", rate=24, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        if ratio:
            stream.sample_aspect_ratio = Fraction(3, 2)  # encoders refuse what is tried here
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(2):
            frame = picture(number, size)
            frame.pts, frame.time_base = number, Fraction(1, 24)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    if ratio:
        before, after = (b"pasp" + struct.pack(">II", *pair) for pair in ((3, 2), ratio))
        assert before in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(before, after))
    return path


def png(edge):
    file = io.BytesIO()
    Image.new("L", (edge, edge)).save(file, "PNG")
    return file.getvalue()


def pngs(path, *pictures):
    """PNGs as they are in a film whose header says 64x64."""
    with av.open(path, "w") as out:
        stream = out.add_stream("png", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "gray"
        stream.codec_context.open()
        for number, data in enumerate(pictures):
            packet = av.Packet(data)
            packet.stream, packet.time_base = stream, Fraction(1, 24)
            packet.pts = packet.dts = number
            packet.is_keyframe = True
            out.mux(packet)
    return path


def refused(path, folder):
    """What both ways in say of a film that they refuse."""
    reasons = []
    for use in (lambda: normalise(path, folder / "out.mp4"), lambda: cut_out(path, folder / "cut")):
        with pytest.raises(JobError) as caught:
            use()
        assert caught.value.code == "invalid_video"
        reasons.append(caught.value.message)
    assert not (folder / "out.mp4").exists()
    assert not (folder / "cut").exists()
    return reasons


@pytest.mark.parametrize(
    ("size", "ratio", "rotation", "reason"),
    [
        (Size(2048, 1088), (8, 1), 0, "shown at 16384x1088; at most 8912896 pixels"),
        (Size(2048, 1088), (8, 1), 90, "shown at 16384x1088; at most 8912896 pixels"),
        (Size(160, 96), (65535, 1), 0, "shown at 10485600x96"),
        (Size(160, 96), (100, 1), 0, "shown at 16000x96; each edge must be 8192"),
        (Size(160, 96), (1, 65535), 0, "shown at 0x96; each edge must be 16 pixels or lo"),
        (Size(8208, 16), None, 0, "are 8208x16; each edge must be 8192 pixels or shorter"),
    ],
)
def test_films_are_judged_by_the_size_they_are_shown_in(tmp_path, size, ratio, rotation, reason):
    path = film(tmp_path / "a.mp4", size, ratio, rotation)

    assert all(re.search(reason, text) for text in refused(path, tmp_path))


@pytest.mark.parametrize("ratio", [(0, 1), (1, 0), (0, 0)])
def test_an_aspect_that_is_none_is_not_used(tmp_path, ratio):
    path = film(tmp_path / "a.mp4", Size(160, 96), ratio)
    shown = normalise(path, tmp_path / "out.mp4").size

    assert shown == Size(240, 96)  # as the H.264 stream within says


def test_no_picture_is_decoded_that_is_larger_than_what_is_taken(tmp_path):
    """The header lies: only the decoder learns the size, before it allocates anything."""
    for reason in refused(pngs(tmp_path / "a.mov", png(4000), png(4000)), tmp_path):
        assert "can't be read, or is beyond what is taken (8912896 pixels)" in reason
    later = pngs(tmp_path / "b.mov", png(64), png(4000), png(64), png(4000), png(4000))
    for reason in refused(later, tmp_path)[:1]:
        assert "damaged" in reason


@pytest.mark.parametrize("size", [Size(8192, 16), Size(16, 8192), Size(16, 16)])
def test_the_longest_and_the_smallest_pictures_are_cut_out(tmp_path, size):
    """What is scaled to two pixels' height still shows something."""
    done = cut_out(film(tmp_path / "a.mp4", size), tmp_path / "cut")

    assert min(done.size) >= 1
    assert len(done.files) >= 1


def test_a_gif_of_65535_by_65535_is_refused(tmp_path):
    file = io.BytesIO()
    Image.new("P", (64, 64)).save(
        file, "GIF", save_all=True, append_images=[Image.new("P", (9, 9))]
    )
    data = file.getvalue()
    (tmp_path / "a.gif").write_bytes(data[:6] + b"\xff\xff\xff\xff" + data[10:])

    assert all("beyond what is taken" in reason or "65535x65535" in reason
               for reason in refused(tmp_path / "a.gif", tmp_path))  # fmt: skip
