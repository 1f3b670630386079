"""What is remembered: tables, one repository per noun, blobs, migrations."""
