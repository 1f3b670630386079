"""How work survives: the queue, the render workflow, the worker and the child that draws.

Other rooms enter by `jobs.queue` only; the rest runs in worker processes.
"""
