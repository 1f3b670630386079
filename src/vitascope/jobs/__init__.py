"""Durable jobs: the queue, the render workflow, the worker and the engine process.

The API imports `jobs.queue` only; the commands also import `casting`, `local` and `worker`.
"""
