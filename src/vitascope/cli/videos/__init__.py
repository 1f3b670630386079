"""`vitascope videos`: the API from a terminal, in the grammar of the official `openai` CLI."""
