"""Video, image and sound files: probe, decode, encode, stitch, previews."""
