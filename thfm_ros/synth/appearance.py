# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""One dressed person: skin, hair, hat and clothes as one mesh that skins like the body."""

from __future__ import annotations

import numpy as np

from thfm_ros.synth import fabric
from thfm_ros.synth.body import SHELLS, Body, Identity
from thfm_ros.synth.garments import BodyMap, Cut, choose_outfit
from thfm_ros.synth.person_mesh import DressedPerson, Piece, Surface, assemble, skin_piece
from thfm_ros.synth.render import raster
from thfm_ros.synth.render.materials import linear, material
from thfm_ros.synth.wardrobe import KINDS, Garment, pieces_of

SKIN, EYES, HAIR, HEADWEAR = range(4)
"""The first rows of every person's materials; clothes follow."""
HAIR_STYLES = {"bald": 0.06, "short": 0.44, "full": 0.1, "long": 0.24, "hat": 0.1, "helmet": 0.06}
CLOTH_NEAR_SKIN_M = 0.06
_MODELLED_SHARE = 0.55
_OWN_SEX = 0.85
_SHOD = 0.93
_TRIMMING_FACES = 400
"""A zone of fewer faces is a button, a belt or a collar."""


def dress(
    body: Body,
    identity: Identity,
    rng: np.random.Generator,
    tiles: np.ndarray,
    wardrobe: tuple[Garment, ...] = (),
) -> DressedPerson:
    """Dress an identity at random.

    tiles: the tile numbers its clothes may show; wardrobe: modelled garments, half of the people
    wear them where there are any
    """
    rest = identity.vertices
    normals = np.zeros_like(rest)
    faces = np.concatenate([body.skin_faces, *body.shell_faces.values()]).astype(np.int32)
    raster.vertex_normals(rest, faces, normals)
    hair = str(rng.choice(list(HAIR_STYLES), p=list(HAIR_STYLES.values())))
    albedo, headwear = _paint_skin(body, identity, rng, hair)
    rest = _grow_hair(body, rest, normals, rng, hair)
    surfaces = {name: Surface(body.shells[name], rest[body.ranges[name]]) for name in SHELLS}
    rows = [fabric.skin_material(rng), material(gloss=0.8), fabric.hair_material(rng), headwear]
    hidden = np.zeros(len(body.near_tights), bool)
    pieces: list[Piece] = []
    if wardrobe and rng.random() < _MODELLED_SHARE:
        worn = choose_worn(wardrobe, identity.phenotype.get("gender", 0.5) < 0.5, hair, rng)
        outfit, cuts = worn[0].name, []
        hair_colour = albedo[body.scalp.argmax()] * 0.9
        for garment in worn:
            hidden[garment.hides[garment.hides < len(hidden)]] = True
            pieces.append(_modelled(body, garment, rest, rng, tiles, rows, hair_colour))
    else:
        outfit, cuts = choose_outfit(BodyMap(body), rng)
    colours: list[tuple[np.ndarray, int]] = []
    for cut in cuts:
        if cut.hides:
            hidden |= _hidden_skin(body, cut)
        if cut.like is None or cut.like >= len(colours):
            rows.append(fabric.garment_material(rng, cut.fabric, tiles))
            colours.append((fabric.garment_colour(rng, cut.fabric), len(rows) - 1))
        else:
            colours.append(colours[cut.like])
        pieces.append(surfaces[cut.shell].piece(cut.keep, cut.offset, *colours[-1]))
    if hair == "long" and cuts:
        pieces.append(_long_hair(body, surfaces["hair"], rng, albedo))
    on_head = HEADWEAR if hair in ("hat", "helmet") else HAIR
    skin = skin_piece(body, rest, albedo, hidden, SKIN if hair == "bald" else on_head, EYES)
    return assemble([skin, *pieces], np.stack(rows), outfit, hair)


def choose_worn(
    wardrobe: tuple[Garment, ...], male: bool, hair: str, rng: np.random.Generator
) -> list[Garment]:
    """Draw a suit, mostly of the body's sex, shoes, and hair or a hat where the style has some."""
    of_kind = {kind: [g for g in wardrobe if g.kind == kind] for kind in KINDS}
    sex = "male" if male == (rng.random() < _OWN_SEX) else "female"
    suits = [g for g in of_kind["clothes"] if g.name.startswith(sex)] or of_kind["clothes"]
    worn = [suits]
    if rng.random() < _SHOD:
        worn.append(of_kind["shoes"])
    if hair == "hat" and rng.random() < 0.5:
        worn.append(of_kind["hat"])
    elif hair in ("full", "long") or (hair == "short" and rng.random() < 0.4):
        long = [g for g in of_kind["hair"] if not g.name.startswith("short")]
        short = [g for g in of_kind["hair"] if g.name.startswith("short")]
        worn.append(short if hair == "short" else long)
    return [garments[rng.integers(len(garments))] for garments in worn if garments]


def _modelled(
    body: Body,
    garment: Garment,
    rest: np.ndarray,
    rng: np.random.Generator,
    tiles: np.ndarray,
    rows: list[np.ndarray],
    hair_colour: np.ndarray,
) -> Piece:
    """Return a modelled garment, each zone in a cloth of its own; `rows` gets their materials."""
    zones = garment.zones(body)
    if garment.kind == "hair":
        looks = dict.fromkeys(np.unique(zones).tolist(), (hair_colour, HAIR))
        return pieces_of(garment, body, rest, looks, zones)
    looks = {}
    cloths: dict[str, tuple[np.ndarray, int]] = {}
    for zone in np.unique(zones).tolist():
        faces = zones == zone
        if garment.kind != "clothes":
            cloth = "leather"
        elif faces.sum() < _TRIMMING_FACES:
            cloth = "plain"
        else:
            cloth = "trousers" if garment.is_low(body, faces) else "cloth"
        # Both shoes, and all buttons, are alike; layers of cloth over one another are not.
        if cloth == "cloth" or cloth not in cloths:
            rows.append(fabric.garment_material(rng, cloth, tiles))
            cloths[cloth] = fabric.garment_colour(rng, cloth), len(rows) - 1
        looks[zone] = cloths[cloth]
    return pieces_of(garment, body, rest, looks, zones)


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
    keep = cut.keep[: body.shells["tights"].coarse]
    inside = keep.copy()
    for edge in (body.tights_edges, body.tights_edges[:, ::-1]):
        inside[edge[~keep[edge[:, 1]], 0]] = False
    return inside[body.near_tights] & (body.near_tights_distance < CLOTH_NEAR_SKIN_M)


def _long_hair(body: Body, surface: Surface, rng, albedo):
    place = surface.shell.place
    eye = body.eye_centre - [0, 0, body.template[:, 2].min()]
    in_face = (
        (place[:, 1] < eye[1] - 0.005)
        & (np.abs(place[:, 0]) < 0.075)
        & (place[:, 2] < eye[2] + 0.05)
    )
    keep = (place[:, 2] > eye[2] - rng.uniform(0.02, 0.42)) & ~in_face
    colour = albedo[body.scalp.argmax()] * 0.9
    return surface.piece(keep, np.zeros(len(keep)), colour, HAIR)
