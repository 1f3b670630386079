"""The decoders that may read a file from outside, by FFmpeg's names.

They cover cameras, phones, screen recorders, editors and the web. FFmpeg has some 500 more, of
games, devices and formats that nobody writes any more; few people look for faults in those.
"""

from __future__ import annotations

_PICTURES = (
    # the web, phones and discs
    *("h264", "hevc", "av1", "libdav1d", "vp8", "vp9", "libvpx", "libvpx-vp9", "theora", "gif"),
    *("mpeg4", "mpeg1video", "mpeg2video", "mpegvideo", "h261", "h263", "flv", "vp6", "vp6a"),
    *("vp6f", "msmpeg4v1", "msmpeg4v2", "msmpeg4", "wmv1", "wmv2", "wmv3", "vc1", "rv30", "rv40"),
    # cameras and editors
    *("mjpeg", "jpeg2000", "dvvideo", "prores", "dnxhd", "cfhd", "png", "apng", "qtrle", "svq1"),
    *("svq3", "cinepak", "ffv1", "huffyuv", "ffvhuff", "utvideo", "magicyuv", "rawvideo", "v210"),
)

_SOUND = (
    # the web, phones and discs
    *("aac", "aac_latm", "mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float", "opus"),
    *("libopus", "vorbis", "flac", "alac", "ac3", "eac3", "dca", "mlp", "truehd", "amrnb", "amrwb"),
    *("libopencore_amrnb", "libopencore_amrwb", "wmav1", "wmav2", "wmapro", "wmalossless"),
    *("speex", "nellymoser", "cook", "gsm", "gsm_ms", "adpcm_ms", "adpcm_ima_wav", "adpcm_ima_qt"),
    *("adpcm_swf", "qdm2"),
    # cameras and editors
    *("pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le"),
    *("pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_f64be", "pcm_alaw", "pcm_mulaw"),
    *("pcm_dvd", "pcm_bluray", "pcm_s16le_planar", "pcm_s24le_planar", "pcm_s32le_planar"),
    *("dvaudio", "s302m"),
)

DECODERS = frozenset((*_PICTURES, *_SOUND))
