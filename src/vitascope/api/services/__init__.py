"""What the routes work with: API keys, estimates, waiting, input files."""
