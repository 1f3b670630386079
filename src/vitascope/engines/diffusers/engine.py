"""The diffusers engine: renders jobs with open-weights models."""

from __future__ import annotations

from vitascope.clip import Clip, HeldMemory, RenderJob
from vitascope.engines.base import Reporter
from vitascope.engines.diffusers.clip import ClipGenerator
from vitascope.engines.diffusers.device import free_gib, is_out_of_memory
from vitascope.engines.diffusers.loaded import LoadedModel, Probe
from vitascope.engines.diffusers.parallel import RankGroup, of_rank
from vitascope.engines.diffusers.settings import DiffusersSettings
from vitascope.engines.expand import Expanded, expanded
from vitascope.engines.soundtrack import soundtrack
from vitascope.errors import JobError
from vitascope.media.image import read_image

_NO_ROOM = (
    "The prompt was not expanded and is used unchanged: the memory plan does not keep the model's "
    "text encoder on the device."
)


class Diffusers:
    """Renders with one model, which stays loaded between jobs.

    Implements `vitascope.engines.base.Engine`.
    """

    def __init__(self, model: DiffusersSettings, *, free_gib: Probe = free_gib) -> None:
        """Load the model.

        Args:
            model: its table in the configuration.
            free_gib: returns the free memory of a device.

        Raises:
            JobError: it can't be loaded; says why, and what to do.
        """
        self._model = model
        self._ranks: RankGroup | None = None
        if model.gpus > 1:
            self._ranks = RankGroup(model)
            model = of_rank(model, 0)
        self.loaded = LoadedModel(model, free_gib=free_gib)

    @property
    def memory(self) -> HeldMemory | None:
        """The memory that it takes; None for several GPUs."""
        return self.loaded.memory if self._ranks is None else None

    def draw(self, job: RenderJob, report: Reporter) -> Clip:
        """Plan the job and return its clip; the model runs when the clip is consumed.

        Raises:
            JobError: the job can't be rendered as requested, or an input can't be read.
        """
        if job.size.width % 2 or job.size.height % 2 or min(job.size) < 16:
            raise JobError(
                "invalid_size", f"A film needs an even size of at least 16x16, not {job.size}."
            )
        expanded_job = self._expanded(job, report)
        clip = ClipGenerator(self.loaded, expanded_job, report)
        if self._ranks is not None:
            self._ranks.broadcast(expanded_job)
        joint = self.loaded.card.sound == "joint" and job.audio is None
        sound = clip.sound() if joint else soundtrack(job, self._model.sound)
        return Clip(clip.frames(), sound, clip.notes, scripted=False)

    def _expanded(self, job: RenderJob, report: Reporter) -> RenderJob:
        if self._model.expand is False:
            return job
        if self._model.expand is None:
            rewritten = self._expanded_by_model(job, report)
            if rewritten is None:
                return job
        else:
            rewritten = expanded(job.prompt, self._model.expand, self.loaded.card.prompting)
        report.note(rewritten.note)
        return job.with_prompt(rewritten.prompt)

    def _expanded_by_model(self, job: RenderJob, report: Reporter) -> Expanded | None:
        """The prompt as the model's own text encoder expands it; None for most models."""
        expand_prompt = getattr(self.loaded.family, "expand_prompt", None)
        if expand_prompt is None or self._model.gpus > 1:
            return None
        self.loaded.watch(report, 0, 1)
        image = None if job.first_frame is None else read_image(job.first_frame)
        try:
            with self.loaded.heartbeat():
                text = expand_prompt(job.prompt, image, job.seed, self.loaded)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            text = None
        if text is None:
            return Expanded(job.prompt, _NO_ROOM)
        return Expanded(text, f"The prompt was expanded by the model to: {text}")
