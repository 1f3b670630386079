"""Persistence: tables, one repository per resource, the blob store and the migrations."""
