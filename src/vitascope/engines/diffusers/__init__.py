"""Diffusers: open-weights video models, drawn by their own pipelines behind declarative cards."""
