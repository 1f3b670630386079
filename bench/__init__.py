"""Benchmarks: Vitascope beside a limit or a bare alternative, measured in turns in one run.

Not shipped and not a test: numbers of a moment on one machine, to be read by people.
"""
