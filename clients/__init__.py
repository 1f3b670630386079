"""Every official client, unmodified, against a running server; `python -m clients --help`."""
