"""The command: gathers the findings and shows them."""

from __future__ import annotations

from vitascope import config
from vitascope.cli.doctor import fitness, gpus, machine, report, stores
from vitascope.cli.options import ConfigFile, DataDir
from vitascope.cli.screen import screen


def doctor(*, config_file: ConfigFile = None, data_dir: DataDir = None, json: bool = False) -> None:
    """Tell what this machine can run, before anything is downloaded.

    Exit status 1 if something configured can't work as things stand.

    Args:
        json: Print JSON, for programs.
    """
    settings = config.load(config_file, data_dir=data_dir)
    devices = gpus.find_devices()
    sections: report.Sections = {
        "This machine": [
            *machine.examine(settings),
            *devices.findings,
            *([machine.compiling()] if devices.gpus and machine.has_extra() else []),
        ],
        "Stores": list(stores.examine(settings)),
        "Configured models": list(fitness.models(settings, devices)),
        "Cards": list(fitness.cards(devices)),
    }
    if json:
        print(report.as_json(sections))
    else:
        report.show(sections, screen())
    if not report.well(sections):
        raise SystemExit(1)
