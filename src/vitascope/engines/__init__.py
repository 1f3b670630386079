"""Who draws: one module or package per engine, all behind `base.Engine`."""
