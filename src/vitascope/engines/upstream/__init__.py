"""The upstream engine: another server on the network renders, over its subset of the Videos API."""
