# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One dressed person: skin, hair, hat and clothes as one mesh that skins like the body."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from thfm_ros.synth import fabric
from thfm_ros.synth.body import Body, Identity
from thfm_ros.synth.garments import BodyMap, Cut, choose_outfit
from thfm_ros.synth.render import raster
from thfm_ros.synth.render.materials import linear, material
from thfm_ros.synth.shells import Shell

SKIN, EYES, HAIR, HEADWEAR = range(4)
"""The first rows of every person's materials; clothes follow."""
HAIR_STYLES = {"bald": 0.06, "short": 0.44, "full": 0.1, "long": 0.24, "hat": 0.1, "helmet": 0.06}
CLOTH_NEAR_SKIN_M = 0.06


@dataclass(frozen=True)
class DressedPerson:
    """Rest geometry and looks of one person; V vertices, F triangles (see render.arrays.Mesh)."""

    vertices: np.ndarray
    faces: np.ndarray
    weights: np.ndarray
    bones: np.ndarray
    albedo: np.ndarray
    pattern: np.ndarray
    canonical: np.ndarray
    occlusion: np.ndarray
    material: np.ndarray
    axis: np.ndarray
    part: np.ndarray
    materials: np.ndarray
    outfit: str
    hair: str


def dress(
    body: Body, identity: Identity, rng: np.random.Generator, tiles: np.ndarray
) -> DressedPerson:
    """Dress an identity at random; `tiles` are the tile numbers its clothes may show."""
    rest = identity.vertices
    normals = np.zeros_like(rest)
    faces = np.concatenate([body.skin_faces, *body.shell_faces.values()]).astype(np.int32)
    raster.vertex_normals(rest, faces, normals)
    hair = str(rng.choice(list(HAIR_STYLES), p=list(HAIR_STYLES.values())))
    albedo, headwear = _paint_skin(body, identity, rng, hair)
    rest = _grow_hair(body, rest, normals, rng, hair)
    rows = [fabric.skin_material(rng), material(gloss=0.8), fabric.hair_material(rng), headwear]
    outfit, cuts = choose_outfit(BodyMap(body), rng)
    hidden = np.zeros(len(body.near_tights), bool)
    pieces = []
    colours = []
    for cut in cuts:
        if cut.hides:
            hidden |= _hidden_skin(body, cut)
        if cut.like is None or cut.like >= len(colours):
            rows.append(fabric.garment_material(rng, cut.fabric, tiles))
            colours.append((fabric.garment_colour(rng, cut.fabric), len(rows) - 1))
        else:
            colours.append(colours[cut.like])
        pieces.append(_piece(body, rest, normals, cut, *colours[-1]))
    if hair == "long":
        pieces.append(_long_hair(body, rest, rng, albedo))
    return _assemble(body, rest, albedo, hidden, pieces, np.stack(rows), outfit, hair)


def _paint_skin(body: Body, identity: Identity, rng, hair: str) -> tuple[np.ndarray, np.ndarray]:
    """Return albedo [V, 3] of body and eyes, and the material of a hat."""
    skin, hair_colour = fabric.skin_colour(rng), fabric.hair_colour(rng)
    albedo = np.tile(skin, (len(body.template), 1)).astype(np.float32)
    lips = skin * [1.0, 0.55, 0.55] if rng.random() < 0.75 else linear([0.6, 0.12, 0.15])

    def paint(mask: np.ndarray, colour: np.ndarray, share: float = 1.0) -> None:
        albedo[:] += (mask * share)[:, None] * (colour - albedo)

    paint(body.mask_lips, lips, 0.9)
    paint(body.mask_face, skin * [1.1, 0.8, 0.8], 0.12)
    paint(body.mask_fingernails, skin * 1.15, 0.4)
    paint(body.brow, hair_colour * 0.7, rng.uniform(0.5, 0.9))
    male = identity.phenotype.get("gender", 0.5) < 0.5
    if male and rng.random() < 0.4:
        paint(body.beard, hair_colour, rng.choice([0.35, 0.8, 0.95]))
    iris = linear(fabric.IRIS_COLOURS[rng.integers(len(fabric.IRIS_COLOURS))])
    eyes = slice(body.ranges["left_eye"].start, body.ranges["right_eye"].stop)
    front = body.pupil[eyes, None]
    albedo[eyes] = np.where(front > 0.95, 0.01, np.where(front > 0.84, iris, 0.75))
    if rng.random() < 0.04:
        paint(
            body.beard + body.mask_lips, linear(rng.choice([[0.75, 0.85, 0.95], [0.1, 0.1, 0.1]]))
        )
    on_scalp = np.clip(body.scalp * 1.5, 0, 1)
    if hair in ("hat", "helmet"):
        bright = hair == "helmet"
        colour = fabric.helmet_colour(rng) if bright else fabric.cloth_colour(rng)
        paint(on_scalp, colour)
        return albedo, material(
            gloss=0.5 if bright else 0.02, bump=0 if bright else 0.2, bump_frequency=60
        )
    if hair != "bald":
        paint(on_scalp, hair_colour)
    return albedo, material()


def _grow_hair(body: Body, rest: np.ndarray, normals: np.ndarray, rng, hair: str) -> np.ndarray:
    thickness = {
        "bald": (0.0, 0.0),
        "short": (0.006, 0.022),
        "full": (0.025, 0.06),
        "long": (0.008, 0.02),
        "hat": (0.015, 0.03),
        "helmet": (0.035, 0.045),
    }[hair]
    growth = body.scalp * rng.uniform(*thickness)
    if hair not in ("hat", "helmet"):
        curls = np.sin(rest @ rng.normal(0, 60, (3, 2)) + rng.random(2) * 6).mean(1)
        growth = growth * (1 + 0.35 * curls)
    return (rest + normals * growth[:, None]).astype(np.float32)


def _hidden_skin(body: Body, cut: Cut) -> np.ndarray:
    """Skin vertices well inside a garment, which need not be drawn."""
    inside = cut.keep.copy()
    for edge in (body.tights_edges, body.tights_edges[:, ::-1]):
        inside[edge[~cut.keep[edge[:, 1]], 0]] = False
    return inside[body.near_tights] & (body.near_tights_distance < CLOTH_NEAR_SKIN_M)


@dataclass(frozen=True)
class _Piece:
    """A garment or hair: fine vertices [V, 3] of a shell, faces [F, 3], colour, material row."""

    shell: Shell
    vertices: np.ndarray
    faces: np.ndarray
    colour: np.ndarray
    row: int


def _piece(body: Body, rest, normals, cut: Cut, colour, row: int) -> _Piece:
    span = body.ranges[cut.shell]
    moved = rest[span] + normals[span] * cut.offset[:, None].astype(np.float32)
    return _cut_out(body.shells[cut.shell], moved, cut.keep, colour, row)


def _cut_out(shell: Shell, points, keep, colour, row: int) -> _Piece:
    """Keep the faces of a shell whose corners are kept, in fine triangles."""
    faces = shell.fine[_all_corners(keep, shell.faces)].reshape(-1, 3)
    return _Piece(shell, shell.refine(points), faces, np.asarray(colour, np.float32), row)


def _long_hair(body: Body, rest, rng, albedo):
    span = body.ranges["hair"]
    place = body.template[span]
    eye = body.eye_centre
    in_face = (
        (place[:, 1] < eye[1] - 0.005)
        & (np.abs(place[:, 0]) < 0.075)
        & (place[:, 2] < eye[2] + 0.05)
    )
    keep = (place[:, 2] > eye[2] - rng.uniform(0.02, 0.42)) & ~in_face
    colour = albedo[body.scalp.argmax()] * 0.9
    return _cut_out(body.shells["hair"], rest[span], keep, colour, HAIR)


def _all_corners(chosen: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Which faces have all three corners chosen; much faster than ``chosen[faces].all(1)``."""
    return chosen[faces[:, 0]] & chosen[faces[:, 1]] & chosen[faces[:, 2]]


def _faces_sideways(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """1 where a face looks more to the side than to the front or back, int8 [F]."""
    x, y, z = vertices.T
    a, b, c = faces.T
    ux, uy, uz = x[b] - x[a], y[b] - y[a], z[b] - z[a]
    vx, vy, vz = x[c] - x[a], y[c] - y[a], z[c] - z[a]
    return (np.abs(uy * vz - uz * vy) > np.abs(uz * vx - ux * vz)).astype(np.int8)


def _assemble(body: Body, rest, albedo, hidden, pieces, rows, outfit, hair) -> DressedPerson:
    skin = body.skin_faces[~_all_corners(hidden, body.skin_faces)]
    on_scalp = _all_corners(body.scalp > 0.5, skin)
    covering = HEADWEAR if hair in ("hat", "helmet") else HAIR
    skin_rows = np.where(on_scalp & (hair != "bald"), covering, SKIN)
    naked = slice(0, body.ranges["right_eye"].stop)
    parts = [
        {
            "vertices": rest[naked],
            "faces": np.concatenate([skin, body.eye_faces]),
            "material": np.concatenate([skin_rows, np.full(len(body.eye_faces), EYES)]),
            "albedo": albedo[naked],
            **{name: getattr(body, name)[naked] for name in _FROM_BODY},
        }
    ]
    parts += [_compacted(piece) for piece in pieces]
    first = np.cumsum([0] + [len(part["vertices"]) for part in parts])
    faces = [part["faces"] + start for part, start in zip(parts, first, strict=False)]
    whole = {
        name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "faces"
    }
    faces = np.concatenate(faces).astype(np.int32)
    return DressedPerson(
        vertices=whole["vertices"],
        faces=faces,
        weights=whole["weights"],
        bones=whole["bones"],
        albedo=whole["albedo"],
        pattern=whole["pattern"],
        canonical=whole["canonical"],
        occlusion=whole["occlusion"],
        material=whole["material"].astype(np.int32),
        axis=_faces_sideways(whole["vertices"], faces),
        part=whole["part"][faces[:, 0]],
        materials=rows.astype(np.float32),
        outfit=outfit,
        hair=hair,
    )


_FROM_BODY = ("weights", "bones", "pattern", "canonical", "occlusion", "part")


def _compacted(piece: _Piece) -> dict[str, np.ndarray]:
    """Return a piece's arrays without the vertices that none of its faces uses."""
    used = np.zeros(len(piece.vertices), bool)
    used[piece.faces.ravel()] = True
    number = np.cumsum(used) - 1
    return {
        "vertices": piece.vertices[used],
        "faces": number[piece.faces],
        "material": np.full(len(piece.faces), piece.row),
        "albedo": np.tile(piece.colour, (int(used.sum()), 1)),
        **{name: getattr(piece.shell, name)[used] for name in _FROM_BODY},
    }
