"""The terminal: the composition root, where settings meet the rooms."""
