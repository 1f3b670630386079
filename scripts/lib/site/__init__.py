"""The documentation site: the repository's pages, references made from the code, checked links."""
