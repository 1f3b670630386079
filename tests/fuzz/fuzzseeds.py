"""Small intact films and pictures of many kinds, the sources of the broken ones."""

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, Colorspace, ColorTrc
from PIL import Image, ImageCms

WIDTH, HEIGHT, FRAMES = 48, 32, 5
DATA = Path(__file__).parents[1] / "data" / "pictures"

FILMS = {  # name: video codec, pixel format, audio codec
    "h264.mp4": ("libx264", "yuv420p", "aac"),
    "turned.mov": ("mpeg4", "yuv420p", "pcm_s16le"),
    "hdr.mkv": ("libx264", "yuv420p10le", "flac"),
    "vp8.webm": ("libvpx", "yuv420p", "libopus"),
    "vp9.webm": ("libvpx-vp9", "yuva420p", None),
    "mjpeg.avi": ("mjpeg", "yuvj420p", "pcm_s16le"),
    "mpeg2.ts": ("mpeg2video", "yuv420p", "mp2"),
    "flv1.flv": ("flv", "yuv420p", "mp3"),
    "wmv2.asf": ("wmv2", "yuv420p", "wmav2"),
    "png.mov": ("png", "rgba", None),
    "prores.mov": ("prores_ks", "yuva444p10le", None),
    "ffv1.nut": ("ffv1", "yuv444p", None),
    "plain.h264": ("libx264", "yuv420p", None),
}


def films() -> dict[str, bytes]:
    gif = io.BytesIO()
    first, second = (Image.fromarray(_pixels(number)) for number in (0, 2))
    first.save(gif, "GIF", save_all=True, append_images=[second], duration=80)
    return {"gif.gif": gif.getvalue()} | {name: _film(name, *what) for name, what in FILMS.items()}


def _film(name, codec, fmt, sound):
    file = io.BytesIO()
    kind = {"mkv": "matroska", "ts": "mpegts"}.get(name.rpartition(".")[2], name.rpartition(".")[2])
    with av.open(file, "w", format=kind) as out:
        stream = out.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, fmt
        context = stream.codec_context
        if name == "turned.mov":
            stream.set_display_rotation(90)
            stream.sample_aspect_ratio = Fraction(4, 3)
        if name == "hdr.mkv":
            context.color_primaries, context.color_trc = ColorPrimaries.BT2020, ColorTrc.SMPTE2084
            context.colorspace = Colorspace.BT2020
        track = out.add_stream(sound, rate=48_000, layout="stereo") if sound else None
        if track:
            track.codec_context.bit_rate = 128_000
            track.codec_context.open()
        for number in range(FRAMES):
            frame = av.VideoFrame.from_ndarray(_pixels(number), "rgba").reformat(format=fmt)
            frame.pts, frame.time_base = number, Fraction(1, 24)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if track:
            _sound(out, track)
    return file.getvalue()


def _sound(out, track):
    size = track.codec_context.frame_size or 1024
    resampler = av.AudioResampler(track.codec_context.format, "stereo", 48_000, frame_size=size)
    tone = np.sin(np.arange(10_000) / 20).astype(np.float32) * 0.3
    frame = av.AudioFrame.from_ndarray(np.stack([tone, tone]), format="fltp", layout="stereo")
    frame.sample_rate, frame.pts = 48_000, 0
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        out.mux(track.encode(part))
    out.mux(track.encode(None))


def _pixels(number=0):
    """A disc before a slope, whose right edge is transparent."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    pixels = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    pixels[..., 0], pixels[..., 1], pixels[..., 2] = x * 5, y * 7, 90
    pixels[..., 3] = np.where(x < 40, 255, 60)
    pixels[(x - 16 - 3 * number) ** 2 + (y - 16) ** 2 < 80] = (230, 40, 40, 255)
    return pixels


def pictures() -> dict[str, bytes]:
    rgba = Image.fromarray(_pixels())
    rgb = rgba.convert("RGB")
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    turned = Image.Exif()
    turned[0x0112] = 6
    grey = Image.fromarray(np.arange(1024, dtype=np.uint16).reshape(32, 32) * 64)
    more = {"save_all": True, "append_images": [Image.fromarray(_pixels(2))]}
    written = {
        "rgba.png": (rgba, {"icc_profile": profile}),
        "palette.png": (rgb.quantize(16), {"transparency": bytes(range(0, 256, 16))}),
        "grey16.png": (grey, {"transparency": 64}),
        "rgb.jpeg": (rgb, {"exif": turned, "icc_profile": profile}),
        "cmyk.jpeg": (rgb.convert("CMYK"), {"progressive": True}),
        "lossy.webp": (rgba, {}),
        "film.webp": (rgba, {"lossless": True, **more}),
        "film.gif": (rgba, more),
        "rgb.bmp": (rgb, {}),
        "palette.bmp": (rgb.quantize(16), {}),
        "raw.tiff": (rgba, {"exif": turned}),
        "lzw.tiff": (rgb, {"compression": "tiff_lzw"}),
        "jpeg.tiff": (rgb, {"compression": "jpeg"}),
        "lab.tiff": (Image.new("LAB", (40, 30), (120, 140, 150)), {}),
        "rgba.avif": (rgba, {"exif": turned}),
    }
    made = {"p3.heic": (DATA / "p3.heic").read_bytes()}
    for name, (image, options) in written.items():
        file = io.BytesIO()
        image.save(file, name.rpartition(".")[2].upper(), **options)
        made[name] = file.getvalue()
    return made
