"""Files of pictures and sound: probe, decode, encode, stitch, previews."""
