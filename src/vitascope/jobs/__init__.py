"""Durable jobs: their queue, the workers, and the processes that decode uploads and render.

The API imports `queue`, `cutouts` and `durable`; the commands also import `local` and `worker`.
"""
