"""The performance: a scene turned into planes and actors, and any of its frames drawn on demand."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache, partial

import cv2
import numpy as np

from shadowplay import exact
from shadowplay.acting.backing import backing, seen
from shadowplay.acting.blocking import Director
from shadowplay.acting.clouds import Clouds
from shadowplay.acting.enacting import Room, enact
from shadowplay.acting.framing import focus
from shadowplay.acting.giving import with_arms
from shadowplay.acting.nearing import LARGER, part_of, whole_cast, window
from shadowplay.acting.sizes import closeness, water_row
from shadowplay.acting.spots import Emitter
from shadowplay.acting.stage import Troupe
from shadowplay.art import library
from shadowplay.art.actors import Actor
from shadowplay.deeds import SPECKS, Cloud
from shadowplay.dice import dice
from shadowplay.given.reference import ENTRANCE, Ground, HourGrade
from shadowplay.picture import palette
from shadowplay.picture.camera import WHOLE, Camera, Lens
from shadowplay.picture.flats import Element, Flat, Stack, View
from shadowplay.picture.layers import NOWHERE, Picture, Plane
from shadowplay.picture.light import hour_of, key_light
from shadowplay.place import incidents, sky, weather
from shadowplay.place.land import tracks
from shadowplay.place.layers import build, put_foreground
from shadowplay.place.site import Site
from shadowplay.place.water import Water
from shadowplay.retouch.painted import Painter
from shadowplay.scene import Rgb, Scene
from shadowplay.shot import Size
from shadowplay.sprites.marks import FEW, Blocking, Figure, lead_of, placed_at

_FIREFLIES = ("forest", "meadow", "hill", "garden", "jungle", "village", "lake", "river")
_WALLS = frozenset({"doorstep", "alley", "castle_courtyard"})  # which stand before the sun
_CONTRAST, _VIVID = 0.9, 35 / 32  # how much stronger a film's contrast is, and its colours are
_SEEN_FROM_ABOVE = 0.03  # where the horizon is in a view from the air, as a share of the height


class Performance:
    """Everything a scene needs, prepared once; frames are functions of the scene's clock alone."""

    def __init__(
        self,
        scene: Scene,
        actors: Mapping[str, Actor],
        ground: Ground | None = None,
        *,
        graded: bool = False,
        tint: Sequence[Rgb] | None = None,
    ) -> None:
        """Build the stage.

        Args:
            scene: what is to be seen.
            actors: the figures by name.
            ground: what is shown in place of the drawn sky and land.
            graded: whether the scene's hour and fog are to colour that.
            tint: the colours for all that is drawn.
        """
        shown = scene.size
        if scene.close and ground is None:  # drawn larger than shown, for a part of it is shown
            wide, high = (int(LARGER * side) // 4 * 4 for side in shown)
            scene = replace(scene, size=Size(wide, high))
        self.scene = scene
        own = palette.resolve(scene)
        self.palette = own if tint is None else own.tinted(tint)
        self._setting, self._ground = library.place(scene.setting), ground
        leftward = bool(scene.cast) and scene.cast[0].leftward
        with ThreadPoolExecutor(1, "planes") as crew:
            self._site = site = self._empty(leftward, crew)
            self._lit = site.light  # before the setting's own colours go into its palette
            self._build(actors, graded)
            # The crew begins with the hindmost.
            for element in reversed(site.elements):
                if isinstance(element, Flat):
                    element.finish()
        self.horizon = site.horizon
        self._painted = Painter(shown, scene.paint, scene.seed) if scene.paint else None
        self._vignette = _vignette(*shown) if ground is None else None
        self._contrast = _contrast(hour_of(scene).middle)
        self.elements = site.elements
        self.camera = Camera(scene, leftward, self.blocking.travel)
        self._stack = Stack(site.elements, self.camera.at)
        self._canvas = Picture.blank(*scene.size)
        self._lens = self._lens_for(shown) if ground is None else None

    def _lens_for(self, shown: Size) -> Lens | None:
        """What shows the drawn pictures larger than they are, or a part of them."""
        scene, site, figures = self.scene, self._site, self.blocking.figures
        middle = shown.width / 2, shown.height / 2
        if scene.close:
            return Lens(shown, middle, window(figures, scene, shown, self.camera, site.ground))
        cast = whole_cast(figures, shown, self.camera, site.ground, site.stage)
        if cast and self._setting.open_sky:
            key = site.key if self._setting.weather else None
            part = part_of(cast, figures[0].facing, scene, key)
            self.camera.keep_in(shown.width / (cast[2] - cast[0]) / part.scale)
            if part is not WHOLE:
                return Lens(shown, middle, part)
        if scene.move in ("push", "pull", "handheld"):
            return Lens(shown, focus(figures, shown, site.stage))
        return None

    def _build(self, actors: Mapping[str, Actor], graded: bool) -> None:
        """Lay out all planes, and the cast between them."""
        site, ground, height = self._site, self._ground, self.scene.size.height
        foreground: list[Element] = []
        if ground is None:
            self._sky()
            build(site, self.scene.setting)
            self._fog(site.horizon, 0.85)
            self.blocking = self._block(actors)
            foreground = self._foreground()
        else:
            site.elements += [ground, HourGrade(self.scene)] if graded else [ground]
            site.stage = 0.95 * height
            self.blocking = self._block(actors)
            self.blocking.travel = None
        site.elements += self._falling(near=False)
        if ground is None:
            self._cast()
            self._fog(height, 0.24)
        else:
            self._before(ground)
        site.elements += [*foreground, *self._falling(near=True)]

    def _empty(self, leftward: bool, crew: Executor) -> Site:
        """The site of the setting before anything is on it, as the camera's angle shows it."""
        scene, setting = self.scene, self._setting
        wide = scene.size.width >= scene.size.height
        horizon, stage = (
            pair[0 if wide else 1] * scene.size.height for pair in (setting.horizon, setting.stage)
        )
        usual, spread = stage - horizon, 1.0
        if scene.angle == "aerial" and setting.weather:
            # The land fills the frame, and its planes lie farther apart.
            horizon, stage = _SEEN_FROM_ABOVE * scene.size.height, 0.8 * scene.size.height
            spread = max(1.0, (stage - horizon) / max(1.0, usual))
        elif setting.open_sky:
            # The seed, or the prompt's angle, says how high the camera is.
            share = {"low": 0.14, "high": -0.18}.get(scene.angle)
            if share is None:
                share = float(dice(scene.seed, "horizon").uniform(-0.05, 0.05))
            horizon += share * scene.size.height
        key = key_light(scene, horizon, leftward)
        if not setting.open_sky:
            key = key._replace(y=-0.12 * scene.size.height, veiled=0.2)
            if scene.setting != "underwater":
                key = key._replace(y=0.2 * scene.size.height, moon=False, radius=key.radius * 0.35)
        close = closeness(scene, outdoors=setting.weather)
        return Site(
            scene, self.palette, key, horizon, stage, leftward, setting.open_sky,
            spread, close, crew,
        )  # fmt: skip

    def _sky(self) -> None:
        scene, setting, site = self.scene, self._setting, self._site
        starry = scene.setting in ("space", "moon", "planet")
        site.elements.append(sky.backdrop(site))
        if site.horizon < 0.1 * scene.size.height:
            return
        if sky.starlight(scene) or starry:
            site.elements.append(sky.Twinkle(scene, site.horizon))
        if setting.open_sky:
            site.elements += incidents.wonders(scene, site.key, site.horizon)
            site.elements += sky.clouds(site)
            if scene.sky == "storm" and scene.falling != "snow":
                site.elements.append(weather.Lightning(scene, site.horizon))
        if kinds := incidents.possible(scene, open_sky=setting.open_sky):
            site.elements.append(incidents.Incident(self._lit, site.horizon, kinds))
        if scene.setting == "underwater":
            site.elements.append(sky.shafts(self._lit, scene.size.height, 0.75))

    def _block(self, actors: Mapping[str, Actor]) -> Blocking:
        """Put the cast on its marks: on the site, or before what is given."""
        scene, site, drawn = self.scene, self._site, self._ground is None
        blocking = Director(
            scene if drawn else replace(scene, move="static"),
            actors,
            horizon=site.horizon,
            stage=site.stage,
            grounded=not drawn or site.ground is not None,
            water=site.water,
            floating=drawn and scene.setting in ("underwater", "space", "clouds"),
        ).block()
        row = water_row(site.water, scene.size) if site.water else 0.0
        self._emitters = enact(scene, blocking.figures, Room(*scene.size, site.stage, row))
        still = scene.falling == "none" and scene.sky != "storm"
        swarms = drawn and scene.setting in _FIREFLIES and scene.time in ("dusk", "night") and still
        here = {"fireflies": swarms, "strings": drawn and scene.setting == "underwater"}
        for kind in (kind for kind, there in here.items() if there):
            self._emitters.append(Emitter(Cloud(kind, "sky", "low", -9.0), 0.0, (), len(kind)))
        return blocking

    def _falling(self, *, near: bool) -> list[Element]:
        """The weather behind or before the actors; before a given beginning it comes later."""
        if not self._setting.weather:
            return []
        late = self._ground is not None and self._ground.arrives
        since = ENTRANCE / 2 if late else None
        return weather.falling(self.scene, self.palette, near=near, since=since)

    def _cast(self) -> None:
        """Put shafts, the actors, and what moves by itself in front of the land."""
        scene, site, setting = self.scene, self._site, self._setting
        woods = scene.setting in ("forest", "jungle")
        low = scene.time in ("dawn", "golden") or (woods and scene.time == "day")
        dry = scene.falling == "none" and scene.setting not in _WALLS
        if setting.open_sky and low and dry and (woods or scene.fog > 0.2):
            strength = 0.3 * (1 - 0.6 * site.key.veiled) + 0.15 * scene.fog
            beams = sky.shafts(self._lit, site.stage, strength)
            at = self._water_index()  # behind houses, but among the trunks of a wood
            site.elements.insert(at if woods else min(at, self._ground_index()), beams)
        self._actors()
        self._effects(1.0, len(site.elements))
        self._effects(-1.0, self._far_index())
        if setting.weather and scene.falling in ("rain", "hail"):
            afloat = site.water if site.ground is None else None
            top = afloat[0] + 20 if afloat else site.stage + 4
            bottom = scene.size.height - 4.0
            site.elements.append(weather.splashes(scene, self.palette, top, bottom))

    def _foreground(self) -> list[Element]:
        """What passes near the camera: laid out before the cast is, so that the crew has work."""
        site, usual = self._site, self._setting.foreground
        behind, site.elements = site.elements, []
        put_foreground(
            site, {"aerial": "none", "shoulder": "shoulder"}.get(self.scene.angle, usual)
        )
        foreground, site.elements = site.elements, behind
        return foreground

    def _fog(self, row: float, strength: float) -> None:
        """Lay fog over what stands already, if the scene has much of it."""
        scene, site = self.scene, self._site
        if scene.fog > 0.3 and self._setting.open_sky:
            thick = 0.75 * strength * scene.size.height
            site.mist(f"fog {strength}", row, thick, strength * scene.fog, depth=0.5 * strength)
            if row < site.stage:  # those on the water are before it
                site.elements.insert(self._water_index(), site.elements.pop())

    def _before(self, ground: Ground) -> None:
        """Put the actors before a given ground; they come in if its beginning is given."""
        site, figures = self._site, self.blocking.figures
        for figure in figures if ground.arrives else ():
            figure.come_in(self.scene.size.width, ENTRANCE)
        if figures:
            drawn = with_arms(figures, self.scene.deeds)
            site.elements.append(Troupe(self._lit, drawn, None))
        for depth in (-1.0, 0.0, 1.0):
            self._effects(depth, len(site.elements))

    def _effects(self, depth: float, at: int) -> None:
        """Put in the clouds of those at a depth; at -1 those of nobody, which are in the sky."""
        site = self._site
        depths = [
            (e, max((f.depth for f in e.figures), default=1.0 if e.cloud.at == "low" else -1.0))
            for e in self._emitters
        ]
        near = [one for one, deep in depths if int(min(1.0, deep)) == depth]
        # Who is in the water, or in a puddle, is before the far side of its rings and its splash.
        troupes = (k for k, one in enumerate(site.elements) if isinstance(one, Troupe))
        behind = self._water_index() if site.water else max(troupes, default=at)
        flat = [one for one in near if SPECKS[one.cloud.kind].back]
        rest = [one for one in near if one not in flat]
        place = partial(placed_at, ground=site.ground)
        for group, index in ((rest, at), (flat, behind)):
            if group:
                site.elements.insert(index, Clouds(self.scene, self.palette, group, place))

    def _actors(self) -> None:
        """Put in the figures: the far ones, those afloat, buildings, and then the others."""
        site, figures = self._site, with_arms(self.blocking.figures, self.scene.deeds)
        front = [figure for figure in figures if figure.depth >= 1 and not figure.afloat]
        site.elements += tracks(site, front)
        self._enter([one for one in figures if 0.5 <= one.depth < 1], self._ground_index)
        self._enter([one for one in figures if one.afloat], self._water_index)
        self._enter([one for one in figures if one.depth < 0.5], self._far_index)
        self._effects(0.0, len(site.elements))  # who is before what burns is not hidden
        self._enter(front, lambda: len(site.elements))

    def _enter(self, group: list[Figure], place: Callable[[], int]) -> None:
        """Put figures at their place among the planes, and behind the lead what sets it off."""
        if not group:
            return
        site, at = self._site, place()
        troupe = Troupe(self._lit, group, site.ground)
        site.elements[at:at] = [*self._backing(group, troupe, at), troupe]
        if any(figure.afloat for figure in group):
            for element in site.elements:
                if isinstance(element, Water):
                    element.mirror = troupe.mirror

    def _backing(self, group: list[Figure], troupe: Troupe, at: int) -> list[Element]:
        """Light or shade behind the lead, if it is in this group and would not stand out."""
        lead = lead_of([figure.role for figure in self.blocking.figures])
        leads = [figure for figure in group if figure.role == lead]
        if not leads or len(leads) > FEW or leads[0].depth < 1:
            return []
        before, after = (Picture.blank(*self.scene.size) for _ in range(2))
        for element in self._site.elements[:at]:
            element.draw(before, 0.0, View(), before.height)
        after.take(before)
        troupe.draw(after, 0.0, View(), after.height)
        ground = self._site.ground
        what = seen(leads[0], before, after, ground)
        behind = backing(leads, what, self.palette, ground) if what else None
        return [behind] if behind else []

    def _ground_index(self) -> int:
        """Just behind the ground the actors walk on."""
        elements = self._site.elements
        flats = ((k, one) for k, one in enumerate(elements) if isinstance(one, Flat))
        walked = (k for k, one in flats if one.parallax == 1.0 and not one.layer.soft)
        return max(walked, default=len(elements))

    def _far_index(self) -> int:
        """Before the water if there is some, else behind the land of the middle distance."""
        for k, one in enumerate(self._site.elements):
            if isinstance(one, Water):
                return k
            if isinstance(one, Flat) and one.parallax > 0.2 and one.layer.solid < NOWHERE:
                return k
        return len(self._site.elements)

    def _water_index(self) -> int:
        """Just in front of the water, and of the haze over its far side."""
        at = len(self._site.elements)
        for k, element in enumerate(self._site.elements):
            if isinstance(element, Water):
                at = k + 1
            elif k == at and isinstance(element, Flat) and element.parallax < 0.2:
                at += 1
        return at

    def draw(self, picture: Picture, t: float) -> None:
        """Draw the frame at a moment of the scene's clock, in seconds, into `picture`."""
        view = self.camera.at(t)
        if self._lens is not None:
            self._stack.draw(self._canvas, t)
            self._lens.show(self._canvas, picture, view)
        elif self._ground is None or (presence := self._ground.presence(t)) >= 1:
            self._stack.draw(picture, t)
        else:
            self._ground.draw(picture, t, view, picture.height)
            if presence > 0:
                self._stack.draw(self._canvas, t)
                picture.mix(self._canvas, presence)
        if self._vignette is not None:
            cv2.LUT(picture.y, self._contrast, picture.y)
            for chroma in (picture.u, picture.v):
                cv2.convertScaleAbs(chroma, chroma, _VIVID, 128 - 128 * _VIVID)
            cv2.multiply(picture.y, self._vignette, picture.y, 1 / 255)
        if self._painted is not None:
            self._painted.paint(picture)


@lru_cache(maxsize=8)
def _contrast(middle: float) -> Plane:
    """For each level of Y that of a film with more contrast."""
    share = (np.arange(256) - 16) / 219
    share = share + _CONTRAST * share * (1 - share) * (share - middle)
    return np.clip(np.rint(16 + 219 * share), 0, 255).astype(np.uint8)


@lru_cache(maxsize=4)
def _vignette(width: int, height: int) -> Plane:
    """How much light is left in each place: all in the middle, less toward the corners."""
    x = np.linspace(-1, 1, width, dtype=np.float32)[None] * np.float32(0.82)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(0.78)
    distance = np.sqrt(x**2 + y**2)
    level = 255 * (1 - 0.3 * exact.power(np.clip(distance - 0.5, 0, 1), 1.4))
    return np.clip(level, 0, 255).astype(np.uint8)
