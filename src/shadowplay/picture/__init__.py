"""Pixels: colours, light, planes of premultiplied YUV, and the canvas they are composed on."""
