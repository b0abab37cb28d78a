# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One clip from one seed: pictures with their exact ground truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros import skeleton
from thfm_ros.clips.clip import Clip
from thfm_ros.synth.artefacts import CameraLook, auto_exposure, develop, draw_look
from thfm_ros.synth.labels import label_landmarks
from thfm_ros.synth.library import Library
from thfm_ros.synth.people import make_person
from thfm_ros.synth.render.arrays import Light, Mesh
from thfm_ros.synth.render.frame import Layers, make_light, make_view, render
from thfm_ros.synth.scene import Scene, make_scene
from thfm_ros.synth.scene_mesh import SceneMesh

RATES_HZ = (10, 15, 30)
BLUR_INSTANTS = 5
SHADOW_RADIUS_M = (1.5, 4.0)
_CROWD = 8


@dataclass(frozen=True)
class ClipSettings:
    """What a clip looks like.

    size:   (width, height) in pixels
    frames: how many frames a clip has
    stride: how many steps of the frame rate lie between two frames
    crowd:  fewest and most people in the scene; None = mostly one, now and then more or nobody
    """

    size: tuple[int, int] = (256, 192)
    frames: int = 9
    stride: int = 1
    crowd: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if min(self.size) < 16 or max(self.size) > 2048:
            raise ValueError(f"ClipSettings.size is {self.size}, allowed is 16..2048")
        for field in ("frames", "stride"):
            if getattr(self, field) < 1:
                raise ValueError(
                    f"ClipSettings.{field} is {getattr(self, field)}, allowed is 1 or more"
                )
        if self.crowd is not None and not 0 <= self.crowd[0] <= self.crowd[1] <= _CROWD:
            raise ValueError(
                f"ClipSettings.crowd is {self.crowd}, allowed is (fewest, most) within 0..{_CROWD}"
            )


def make_clip(
    library: Library,
    seed: int,
    settings: ClipSettings,
    framing: str | None = None,
    place_kind: str | None = None,
    cast=make_person,
) -> Clip:
    """Draw and render one clip; the same arguments give the same bytes."""
    rng = np.random.default_rng(seed)
    look = draw_look(rng)
    rate = int(rng.choice(RATES_HZ))
    times = np.arange(settings.frames) * settings.stride / rate
    instants, groups = _instants(times, look)
    scene = make_scene(
        library, rng, instants, settings.size, framing, place_kind, cast, settings.crowd
    )
    about = _about(scene, library, seed, rate, settings)
    return film(scene, library, groups, times, look, rng, about)


def film(
    scene: Scene,
    library: Library,
    groups: list[list[int]],
    times: np.ndarray,
    look: CameraLook,
    rng: np.random.Generator,
    about: dict,
) -> Clip:
    """Render a scene, one frame at each of `times`; groups are the instants that a frame blends."""
    size = scene.intrinsics.width, scene.intrinsics.height
    frames = _render_frames(scene, library, groups, look, rng, size)
    return _collect(scene, frames, groups, times, about)


def _instants(times: np.ndarray, look: CameraLook) -> tuple[np.ndarray, list[list[int]]]:
    """Return the instants to pose, and which of them each frame blends (truth is the middle)."""
    count = BLUR_INSTANTS if look.shutter_s else 1
    smear = np.linspace(-0.5, 0.5, count) * look.shutter_s if count > 1 else np.zeros(1)
    instants = (times[:, None] + smear + look.shutter_s).ravel()
    return instants, [list(range(k * count, (k + 1) * count)) for k in range(len(times))]


def _render_frames(scene, library, groups, look, rng, size) -> list[tuple[np.ndarray, Layers]]:
    builder = SceneMesh(scene, library.atlas)
    gain, frames = None, []
    for group in groups:
        middle = len(group) // 2
        # Shadows hardly move within an exposure: one map serves all its instants.
        meshes = [builder.at(instant) for instant in group]
        light = _light(scene, meshes[middle], group[middle])
        pictures = [
            _render_instant(scene, builder, mesh, instant, light, size)
            for mesh, instant in zip(meshes, group, strict=True)
        ]
        truth = pictures[middle][1]
        colour = sum(picture for picture, _ in pictures) / np.float32(len(group))
        gain = auto_exposure(colour, truth.mask) if gain is None else gain
        frames.append((develop(colour, gain, look, rng), truth))
    return frames


def _light(scene: Scene, mesh: Mesh, instant: int) -> Light:
    """Return the place's light with the shadows of one instant, fitted around the people."""
    place = scene.place
    if scene.people:
        spots = np.stack([person.landmarks[instant].mean(0) for person in scene.people])
    else:
        spots = np.zeros((1, 3))
    centre = spots.mean(0)
    spread = np.linalg.norm(spots - centre, axis=1).max() + SHADOW_RADIUS_M[0]
    return make_light(
        place.harmonics,
        place.yaw,
        place.sun,
        place.sun_colour,
        mesh.points,
        mesh.faces,
        centre,
        min(spread, SHADOW_RADIUS_M[1]),
    )


def _render_instant(
    scene: Scene, builder: SceneMesh, mesh: Mesh, instant: int, light: Light, size
) -> tuple[np.ndarray, Layers]:
    """Render one instant of a scene: linear colour and ground truth."""
    view = make_view(scene.path.rotation[instant], scene.path.origin[instant], scene.intrinsics)
    surroundings = builder.surroundings(instant)
    return render(mesh, builder.surfaces, surroundings, light, view, size)


def _collect(scene: Scene, frames, groups, times, about) -> Clip:
    people, count = len(scene.people), len(frames)
    points3d = np.zeros((count, people, skeleton.COUNT, 3), np.float32)
    points2d = np.zeros((count, people, skeleton.COUNT, 2), np.float32)
    state = np.zeros((count, people, skeleton.COUNT), np.uint8)
    for k, (group, (_, layers)) in enumerate(zip(groups, frames, strict=True)):
        instant = group[len(group) // 2]
        for p, person in enumerate(scene.people):
            if not person.labelled:
                continue
            points3d[k, p] = scene.path.to_camera(person.landmarks[instant], instant)
            points2d[k, p], state[k, p] = label_landmarks(
                points3d[k, p], scene.intrinsics, layers, p + 1
            )
    k = scene.intrinsics
    return Clip(
        rgb=np.stack([picture for picture, _ in frames]),
        **{
            name: np.stack([getattr(layers, name) for _, layers in frames])
            for name in Layers._fields
        },
        landmarks2d=points2d,
        landmarks3d=points3d,
        landmark_state=state,
        intrinsics=np.tile(np.array([k.fx, k.fy, k.cx, k.cy], np.float32), (count, 1)),
        times=times,
        about=about,
    )


def _about(scene: Scene, library: Library, seed: int, rate: int, settings: ClipSettings) -> dict:
    return {
        "seed": int(seed),
        "split": library.split,
        "framing": scene.framing,
        "place": scene.place.kind,
        "background": scene.place.background,
        "identities": [person.identity for person in scene.people],
        "motions": [person.motion.name for person in scene.people],
        "motion_sources": [person.motion.source for person in scene.people],
        "outfits": [person.dressed.outfit for person in scene.people],
        "hair": [person.dressed.hair for person in scene.people],
        "fps": rate,
        "stride": settings.stride,
        "distance_m": round(scene.distance, 3),
    }
