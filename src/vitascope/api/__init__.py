"""The HTTP API: `routes` answer, `parsing` reads requests, `services` do the work between."""
