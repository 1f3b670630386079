"""HTTP in and out: one module per resource, one place each for bodies, errors and access."""
