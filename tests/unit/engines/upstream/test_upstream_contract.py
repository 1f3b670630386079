"""Every operation in every dialect: what is asked for, and that the clip is exact."""

import io
import subprocess
import sys

import av
import numpy as np
import pytest
from film_checks import picture
from PIL import Image
from video_fixtures import frame_differences, lumas, moving_video, rgb, sound_level

from vitascope.clip import Character
from vitascope.engines.registry import capabilities_of, open_engine
from vitascope.engines.upstream.engine import Upstream
from vitascope.engines.upstream.job_runner import Estimate
from vitascope.engines.upstream.settings import FLAVOURS, UpstreamSettings, flavour_named
from vitascope.errors import ConfigError, JobError
from vitascope.media.normalise import normalise
from vitascope.media.probe import probe
from vitascope.model_settings import OPERATIONS
from vitascope.spec import Size

TEXT_ONLY = "Wan-AI/Wan2.2-T2V-A14B-Diffusers"
VACE = "Wan-AI/Wan2.1-VACE-14B-diffusers"


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A film in the output profile: 48 frames of 160x96, with a tone."""
    folder = tmp_path_factory.mktemp("source")
    normalise(moving_video(folder / "reel.mp4", size=(160, 96)), folder / "source.mp4")
    return folder / "source.mp4"


@pytest.fixture
def reference(tmp_path):
    path = tmp_path / "reference"
    path.write_bytes(picture((160, 96), "JPEG"))
    return path


@pytest.fixture
def character(tmp_path):
    path = tmp_path / "fox.png"
    Image.new("RGBA", (40, 60), (200, 30, 20, 255)).save(path)
    return Character("Rufus", path)


def test_a_film_from_a_prompt(upstream, filmed, make_job, listener):
    path = filmed(make_job())

    (form,) = upstream.created
    assert form.fields == {
        "prompt": "A fox in the snow",
        "size": "160x96",
        "seconds": "2",
        "fps": "24",
        "num_frames": "25",
        "seed": "7",
    }
    assert form.files == {}
    assert (probe(path).size, probe(path).frames) == ((160, 96), 24)
    assert upstream.jobs == []  # nothing is left there
    assert listener.notes == []


def test_what_a_request_may_contain_is_passed_on(upstream, make_engine, make_job, listener):
    engine = make_engine(steps=4, upstream_model=upstream.model)
    engine.draw(make_job(negative_prompt="rain", guidance_scale=3.5), listener)
    engine.draw(make_job(num_inference_steps=9), listener)

    first, second = (form.fields for form in upstream.created)
    assert first["model"] == upstream.model
    assert (first["negative_prompt"], first["guidance_scale"]) == ("rain", "3.5")
    assert (first["num_inference_steps"], second["num_inference_steps"]) == ("4", "9")


@pytest.mark.parametrize("flavour", ["sglang"])
def test_a_remix_is_drawn_anew_from_its_seed(upstream, filmed, make_job):
    filmed(make_job(task="remix", seed=3 * 2**31 + 11))

    assert upstream.created[0].fields["seed"] == "11"


@pytest.mark.parametrize("flavour", ["vllm-omni"])
def test_no_value_is_above_what_the_dialect_takes(upstream, engine, make_job, listener):
    engine.draw(make_job(guidance_scale=30.0, num_inference_steps=500), listener)

    assert upstream.created[0].fields["guidance_scale"] == "20.0"
    assert upstream.created[0].fields["num_inference_steps"] == "200"


@pytest.mark.parametrize("flavour", ["sglang"])
@pytest.mark.parametrize(
    ("size", "fps", "frames"),
    [((320, 180), 16, 40), ((96, 160), 30, 31), (None, 24, 13), ((160, 96), 10, 12)],
    ids=["wider", "upright", "short", "slow"],
)
def test_whatever_comes_back_is_made_to_fit(size, fps, frames, upstream, filmed, make_job):
    upstream.size, upstream.fps, upstream.frames = size, fps, frames

    path = filmed(make_job())

    assert (probe(path).size, probe(path).frames) == ((160, 96), 24)


@pytest.mark.parametrize("flavour", ["vllm-omni"])
def test_a_size_no_model_has_is_asked_for_with_margins(upstream, filmed, make_job, reference):
    filmed(make_job(size=Size(150, 90), first_frame=reference))

    (form,) = upstream.created
    assert form.fields["size"] == "160x96"
    assert form.image.shape == (96, 160, 3)


@pytest.mark.thorough
def test_a_length_beyond_the_model_is_chained(upstream, filmed, make_job, listener):
    path = filmed(make_job(frames=202))

    first, second = upstream.created
    assert (first.fields["num_frames"], second.fields["num_frames"]) == ("121", "85")
    assert first.image is None
    light = lumas(path.read_bytes())
    assert len(light) == 202
    # The second goes on from the first one's last picture, which is not shown twice.
    assert frame_differences(light)[120] < 4
    assert (np.diff(listener.shares) >= 0).all()


@pytest.mark.thorough
@pytest.mark.parametrize("flavour", ["fastvideo"])
def test_a_film_that_came_too_short_is_chained(upstream, filmed, make_job):
    upstream.frames = 30

    filmed(make_job(frames=72))

    assert [form.image is None for form in upstream.created] == [True, False, False]


def test_a_reference_is_sent_as_a_file(upstream, filmed, make_job, reference):
    path = filmed(make_job(first_frame=reference))

    sent = upstream.created[0].image.astype(int)
    assert list(upstream.created[0].files) == ["input_reference"]
    assert abs(sent[10, 80] - (200, 120, 40)).max() < 8
    assert abs(sent[90, 80] - (20, 60, 120)).max() < 8
    assert abs(rgb(path.read_bytes(), 0)[10, 80].astype(int) - sent[10, 80]).max() < 12


@pytest.mark.thorough
def test_an_extension_goes_on_from_the_last_picture(upstream, filmed, make_job, source):
    path = filmed(make_job(frames=25, task="extend", source=source, start=2.0))

    (form,) = upstream.created
    assert form.fields["num_frames"] == "29"
    last = rgb(source.read_bytes(), 47).astype(int)
    assert abs(form.image.astype(int) - last).mean() < 3
    assert abs(rgb(path.read_bytes(), 0).astype(int) - last).mean() < 6


@pytest.mark.parametrize("flavour", ["sglang"])
def test_characters_stand_in_the_first_frame(
    upstream, filmed, make_job, character, reference, listener
):
    filmed(make_job(characters=(character,), first_frame=reference))

    sent = upstream.created[0].image.astype(int)
    assert abs(sent[70, 80] - (200, 30, 20)).max() < 8
    assert abs(sent[10, 10] - (200, 120, 40)).max() < 8
    assert "Rufus can be seen in the first frame" in listener.notes[0]


@pytest.mark.thorough
@pytest.mark.parametrize("flavour", ["vllm-omni"])
def test_characters_of_an_extension_are_not_passed_over_in_silence(
    upstream, filmed, make_job, character, source, listener
):
    filmed(make_job(task="extend", source=source, characters=(character,)))

    assert "Rufus could only be named in the prompt" in listener.notes[0]


class TestEdits:
    @pytest.fixture(params=["sglang", "vllm-omni"])
    def flavour(self, request):
        return request.param

    @pytest.fixture(autouse=True)
    def vace(self, upstream):
        upstream.model = VACE

    def test_the_film_is_sent_and_keeps_its_sound(self, upstream, filmed, make_job, source):
        path = filmed(make_job(frames=48, task="edit", source=source))

        (form,) = upstream.created
        field = "video_reference" if upstream.flavour == "sglang" else "input_reference"
        assert list(form.files) == [field]
        with av.open(io.BytesIO(form.video)) as sent:
            assert (sent.streams.video[0].frames, sent.streams.video[0].average_rate) == (33, 16)
        assert form.fields["num_frames"] == "33"
        before, after = rgb(source.read_bytes(), 10), rgb(path.read_bytes(), 10)
        assert abs(255 - before.astype(int) - after).mean() < 12
        assert sound_level(path.read_bytes()) == pytest.approx(
            sound_level(source.read_bytes()), rel=0.05
        )

    @pytest.mark.thorough
    def test_a_long_film_is_changed_window_by_window(self, upstream, filmed, make_job, tmp_path):
        source = tmp_path / "long.mp4"
        normalise(moving_video(tmp_path / "reel.mp4", size=(160, 96), seconds=6), source)

        path = filmed(make_job(frames=144, task="edit", source=source))

        assert [form.fields["seed"] for form in upstream.created] == ["7", "7"]
        for number in (20, 130):
            before, after = (rgb(film.read_bytes(), number) for film in (source, path))
            assert abs(255 - before.astype(int) - after).mean() < 12

    @pytest.mark.thorough
    def test_what_comes_back_much_too_short_is_no_edit(
        self, upstream, engine, make_job, source, listener
    ):
        upstream.frames = 14
        with pytest.raises(JobError, match="much too short") as raised:
            engine.draw(make_job(frames=48, task="edit", source=source), listener)
        assert raised.value.code == "upstream_failed"


def test_who_cannot_edit_does_not_offer_it():
    def operations(name):
        model = UpstreamSettings(url="http://gpu-box/v1", flavour=name)
        return flavour_named(name).capabilities(model).operations

    assert "edit" not in operations("fastvideo")
    for name in ("sglang", "vllm-omni"):
        assert operations(name) == set(OPERATIONS)
    with pytest.raises(ConfigError, match="fastvideo"):
        flavour_named("comfy")


@pytest.mark.parametrize("flavour", ["fastvideo"])
class TestTextOnlyModels:
    @pytest.fixture(autouse=True)
    def text_only(self, upstream):
        upstream.model = TEXT_ONLY

    def test_pictures_are_refused_before_anything_is_drawn(
        self, upstream, engine, make_job, reference, listener
    ):
        with pytest.raises(JobError, match="accepts no first frame") as raised:
            engine.draw(make_job(first_frame=reference), listener)
        assert raised.value.code == "upstream_rejected"
        assert upstream.created == []

    @pytest.mark.thorough
    def test_long_films_are_drawn_in_one(self, upstream, filmed, make_job):
        filmed(make_job(frames=144))

        assert [form.fields["num_frames"] for form in upstream.created] == ["97"]
        assert upstream.created[0].fields["fps"] == "16"


@pytest.mark.thorough
@pytest.mark.parametrize("flavour", ["fastvideo"])
def test_films_with_sound_keep_it(upstream, filmed, make_job):
    upstream.sound = True
    path = filmed(make_job(frames=200))

    with av.open(path) as film:
        wave = np.concatenate([f.to_ndarray() for f in film.decode(audio=0)], axis=1)[0]
    spectrum = np.abs(np.fft.rfft(wave[:96_000]))
    assert spectrum.argmax() * 48_000 / 96_000 == pytest.approx(330, abs=1)


@pytest.mark.parametrize("flavour", ["sglang"])
def test_silent_films_get_the_fallback_soundtrack(upstream, filmed, make_job):
    assert sound_level(filmed(make_job(prompt="Rain on the sea")).read_bytes()) > 0.005


def test_progress_is_reported_or_estimated(upstream, engine, make_job, listener):
    upstream.looks = 8
    engine.draw(make_job(), listener)

    assert listener.shares[0] == 0
    assert listener.shares[-1] == 1
    assert (np.diff(listener.shares) >= 0).all()
    if upstream.flavour == "sglang":
        assert {round(share, 2) for share in listener.shares} >= {0.12, 0.24, 0.61}
    else:
        assert any(0 < share < 1 for share in listener.shares)


def test_progress_is_estimated_by_the_time_that_earlier_jobs_took(monkeypatch):
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    estimate = Estimate()
    estimate.begin(1_000)
    now += 30
    first = estimate.share()
    now += 30
    assert first < estimate.share() < 0.95
    estimate.end()

    estimate.begin(2_000)  # twice the pixels: 120 s
    now += 90
    assert estimate.share() == pytest.approx(0.75)
    now += 90
    assert estimate.share() == 0.95


@pytest.mark.parametrize("flavour", ["vllm-omni"])
def test_cosmos_is_asked_for_sound(upstream, filmed, make_job):
    upstream.model = "nvidia/Cosmos3-Nano"
    filmed(make_job())

    assert upstream.created[0].fields["generate_sound"] == "true"


@pytest.mark.parametrize("flavour", ["fastvideo"])
def test_the_prompt_is_expanded_for_the_upstream_alone(upstream, make_engine, make_job, listener):
    command = (sys.executable, "-c", "print(input() + ', in fine light')")
    engine = make_engine(expand={"command": command})
    engine.draw(make_job(), listener)

    assert upstream.created[0].fields["prompt"] == "A fox in the snow, in fine light"
    assert "in fine light" in listener.notes[0]


@pytest.mark.parametrize("flavour", ["sglang"])
def test_the_films_of_the_previous_job_are_deleted(engine, make_job, listener, upstream):
    upstream.frames = 14
    engine.draw(make_job(), listener)
    upstream.frames = None
    clip = engine.draw(make_job(), listener)

    folder = engine.cleanup.folder
    assert [path.name for path in folder.iterdir()] == ["0.mp4"]
    assert len(list(clip.frames)) == 24


@pytest.mark.parametrize("name", sorted(FLAVOURS))
def test_the_configuration_s_words_open_it(name):
    model = UpstreamSettings(url="http://127.0.0.1:9/v1", flavour=name)

    engine = open_engine(model)

    assert isinstance(engine, Upstream)
    assert capabilities_of(model) == flavour_named(name).capabilities(model)
    engine.close()


def test_what_is_offered_can_be_read_without_a_codec_or_a_client():
    program = (
        "import sys, vitascope.engines.upstream.settings; "
        "print(*{'av', 'httpx2', 'numpy', 'cv2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done.stderr
