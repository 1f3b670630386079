"""Figures and props as pictures: their outlines painted in the light of a scene."""
