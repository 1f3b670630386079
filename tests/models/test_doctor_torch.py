"""The doctor on a machine with torch: what torch says counts, not what the driver says."""

import pytest
import torch

from vitascope.cli.doctor import machine


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_that_torch_can_not_use_is_reported(tmp_path, monkeypatch):
    fake = tmp_path / "nvidia-smi"
    fake.write_text("#!/bin/sh\necho '0, Fake GPU, 24564, 23900, 8.9, 580.65.06'\n", "utf-8")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    found = machine.find_devices()

    assert found.gpus == ()
    assert [each.name for each in found.findings] == ["GPU 0", "torch"]
    assert "can't use the GPU" in found.findings[1].detail
