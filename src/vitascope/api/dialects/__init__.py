"""The Videos API in the terms of other services: one module for each dialect.

A dialect is a translation: its fields become `DialectParameters`, which `jobs` turns into a job; a
`Video` becomes its answer; the error object becomes its error. Jobs, queue and store are the same,
so that a job of one dialect is visible through all.
"""
