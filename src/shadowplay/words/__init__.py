"""From a prompt to a scene: what the words say, and what the seed adds where they are silent."""
