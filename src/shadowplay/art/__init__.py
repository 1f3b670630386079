"""Art: figures and props as files (SVG and TOML), and how they become pixels."""
