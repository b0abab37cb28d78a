# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Shading kernels: light on one sample of a mesh, and what a ray that meets no mesh sees."""

from __future__ import annotations

import math

import numba
import numpy as np

from thfm_ros.synth.render import materials as m
from thfm_ros.synth.render.arrays import OUTDOORS, PHOTO
from thfm_ros.synth.render.raster import FAR, INLINED
from thfm_ros.synth.render.texture import noise, surface_colour, tile


@numba.njit(**INLINED)
def _sunlit(light, x, y, z, bias):
    """Share of the sun that reaches a point, 0..1, as 3 x 3 looks into the shadow map."""
    size = light.shadow.shape[0]
    r, t, scale = light.shadow_rotation, light.shadow_translation, light.shadow_scale
    u = (r[0, 0] * x + r[0, 1] * y + r[0, 2] * z + t[0]) * scale + size * 0.5
    v = (r[1, 0] * x + r[1, 1] * y + r[1, 2] * z + t[1]) * scale + size * 0.5
    depth = r[2, 0] * x + r[2, 1] * y + r[2, 2] * z + t[2] - bias
    lit = 0.0
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            column, row = int(u + dx), int(v + dy)
            outside = column < 0 or row < 0 or column >= size or row >= size
            if outside or depth <= light.shadow[row, column]:
                lit += 1.0
    return lit / 9.0


@numba.njit(**INLINED)
def _diffuse(harmonics, x, y, z, c):
    return max(
        0.0,
        harmonics[0, c] * 0.2821
        + 0.4886 * (harmonics[1, c] * y + harmonics[2, c] * z + harmonics[3, c] * x)
        + 1.0925 * (harmonics[4, c] * x * y + harmonics[5, c] * y * z + harmonics[7, c] * x * z)
        + 0.3154 * harmonics[6, c] * (3 * z * z - 1)
        + 0.5463 * harmonics[8, c] * (x * x - y * y),
    )


@numba.njit(**INLINED)
def _lit(light, r, g, b, px, py, pz, nx, ny, nz, dx, dy, dz, occlusion, gloss):
    """Return the colour of albedo (r, g, b) at a point with a normal, seen along (dx, dy, dz)."""
    qx = light.yaw[0] * nx - light.yaw[1] * ny
    qy = light.yaw[1] * nx + light.yaw[0] * ny
    facing = nx * light.sun[0] + ny * light.sun[1] + nz * light.sun[2]
    direct = 0.0
    if facing > 0 and light.colour[0] + light.colour[1] + light.colour[2] > 1e-3:
        direct = facing * _sunlit(light, px + nx * 0.012, py + ny * 0.012, pz + nz * 0.012, 0.012)
    shine = 0.0
    if gloss > 0 and direct > 0:
        scale = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
        hx, hy, hz = light.sun[0] - dx * scale, light.sun[1] - dy * scale, light.sun[2] - dz * scale
        length = math.sqrt(hx * hx + hy * hy + hz * hz + 1e-9)
        shine = gloss * max(0.0, (nx * hx + ny * hy + nz * hz) / length) ** 24
    out_r = r * (_diffuse(light.harmonics, qx, qy, nz, 0) * occlusion + light.colour[0] * direct)
    out_g = g * (_diffuse(light.harmonics, qx, qy, nz, 1) * occlusion + light.colour[1] * direct)
    out_b = b * (_diffuse(light.harmonics, qx, qy, nz, 2) * occlusion + light.colour[2] * direct)
    return (
        out_r + shine * light.colour[0],
        out_g + shine * light.colour[1],
        out_b + shine * light.colour[2],
    )


@numba.njit(**INLINED)
def mesh_colour(mesh, surfaces, light, view, f, w0, w1, z, dx, dy, dz, nx, ny, nz):
    """Return the colour of triangle f at weights (w0, w1), depth z, on the ray (dx, dy, dz)."""
    w2 = 1 - w0 - w1
    a, b, c = mesh.faces[f, 0], mesh.faces[f, 1], mesh.faces[f, 2]
    px, py, pz = view.origin[0] + dx * z, view.origin[1] + dy * z, view.origin[2] + dz * z
    table, row = surfaces.table, mesh.material[f]
    gx = w0 * mesh.pattern[a, 0] + w1 * mesh.pattern[b, 0] + w2 * mesh.pattern[c, 0]
    gy = w0 * mesh.pattern[a, 1] + w1 * mesh.pattern[b, 1] + w2 * mesh.pattern[c, 1]
    gz = w0 * mesh.pattern[a, 2] + w1 * mesh.pattern[b, 2] + w2 * mesh.pattern[c, 2]
    red = w0 * mesh.albedo[a, 0] + w1 * mesh.albedo[b, 0] + w2 * mesh.albedo[c, 0]
    green = w0 * mesh.albedo[a, 1] + w1 * mesh.albedo[b, 1] + w2 * mesh.albedo[c, 1]
    blue = w0 * mesh.albedo[a, 2] + w1 * mesh.albedo[b, 2] + w2 * mesh.albedo[c, 2]
    pixel = z / view.focal[0]
    red, green, blue = surface_colour(
        table, row, surfaces.tiles, red, green, blue, gx, gy, gz, mesh.axis[f], pixel
    )
    if table[row, m.BUMP] > 0 and table[row, m.BUMP_FREQUENCY] * pixel < 0.7:
        fq, seed, step = table[row, m.BUMP_FREQUENCY], table[row, m.SEED], np.float32(0.35)
        here = noise(gx * fq + seed, gy * fq, gz * fq * 0.7)
        nx -= table[row, m.BUMP] * (noise(gx * fq + step + seed, gy * fq, gz * fq * 0.7) - here) * 3
        ny -= table[row, m.BUMP] * (noise(gx * fq + seed, gy * fq + step, gz * fq * 0.7) - here) * 3
        nz -= table[row, m.BUMP] * (noise(gx * fq + seed, gy * fq, gz * fq * 0.7 + step) - here) * 3
        scale = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
        nx, ny, nz = nx * scale, ny * scale, nz * scale
    occlusion = w0 * mesh.occlusion[a] + w1 * mesh.occlusion[b] + w2 * mesh.occlusion[c]
    return _lit(
        light, red, green, blue, px, py, pz, nx, ny, nz, dx, dy, dz, occlusion, table[row, m.GLOSS]
    )


@numba.njit(**INLINED)
def _contact(around, x, y):
    """Less light on the floor near feet and things that stand on it."""
    share = 1.0
    for k in range(around.contacts.shape[0]):
        ex, ey = x - around.contacts[k, 0], y - around.contacts[k, 1]
        reach = around.contacts[k, 2]
        share *= 1 - 0.45 * math.exp(-(ex * ex + ey * ey) / (reach * reach))
    return share


@numba.njit(**INLINED)
def _panorama(around, light, dx, dy, dz, focal):
    picture = around.picture
    height, width = picture.shape[0], picture.shape[1]
    scale = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
    ux, uy, uz = dx * scale, dy * scale, dz * scale
    qx = light.yaw[0] * ux - light.yaw[1] * uy
    qy = light.yaw[1] * ux + light.yaw[0] * uy
    v = math.acos(min(1.0, max(-1.0, uz))) / math.pi * height - 0.5
    turn = math.atan2(qy, qx) / (2 * math.pi)
    u = (turn - math.floor(turn)) * width - 0.5
    x0, y0 = math.floor(u), min(max(math.floor(v), 0), height - 1)
    y1, fx, fy = min(y0 + 1, height - 1), u - math.floor(u), min(max(v - y0, 0.0), 1.0)
    xa, xb = x0 % width, (x0 + 1) % width
    wa, wb, wc, wd = (1 - fy) * (1 - fx), (1 - fy) * fx, fy * (1 - fx), fy * fx
    grain = 1.0
    if around.detail > 0:
        fine = noise(ux * focal * 0.4, uy * focal * 0.4, uz * focal * 0.4)
        coarse = noise(ux * focal * 0.09, uy * focal * 0.09, uz * focal * 0.09)
        grain = 1 + around.detail * (0.5 * fine + 0.5 * coarse - 0.5) * 2
    # Indexing elements, never views: a view costs numba a reference count a pixel.
    red = wa * picture[y0, xa, 0] + wb * picture[y0, xb, 0]
    red += wc * picture[y1, xa, 0] + wd * picture[y1, xb, 0]
    green = wa * picture[y0, xa, 1] + wb * picture[y0, xb, 1]
    green += wc * picture[y1, xa, 1] + wd * picture[y1, xb, 1]
    blue = wa * picture[y0, xa, 2] + wb * picture[y0, xb, 2]
    blue += wc * picture[y1, xa, 2] + wd * picture[y1, xb, 2]
    return red * grain, green * grain, blue * grain


@numba.njit(**INLINED)
def _outdoors(around, surfaces, light, view, dx, dy, dz):
    """Return colour, depth and world normal of the ground plane or the panorama behind it."""
    red, green, blue = _panorama(around, light, dx, dy, dz, view.focal[0])
    if dz > -1e-3:
        return red, green, blue, FAR, 0.0, 0.0, 0.0
    t = -view.origin[2] / dz
    fade = around.ground[5]
    px, py = view.origin[0] + dx * t, view.origin[1] + dy * t
    if around.ground[0] < -1.5:
        if t < 30:
            shade = (1 - 0.65 * (1 - _sunlit(light, px, py, 0.0, 0.02))) * _contact(around, px, py)
            red, green, blue = red * shade, green * shade, blue * shade
        return red, green, blue, FAR, 0.0, 0.0, 0.0
    if t > fade:
        return red, green, blue, FAR, 0.0, 0.0, 0.0
    gr, gg, gb = around.ground[2], around.ground[3], around.ground[4]
    if around.ground[0] >= 0:
        frequency = around.ground[1]
        texels = frequency * 128 * t / view.focal[0] / max(-dz, 0.15)
        tr, tg, tb = tile(
            surfaces.tiles, int(around.ground[0]), px * frequency, -py * frequency, texels
        )
        gr, gg, gb = tr * gr * 2, tg * gg * 2, tb * gb * 2
    occlusion = _contact(around, px, py)
    gr, gg, gb = _lit(light, gr, gg, gb, px, py, 0.0, 0.0, 0.0, 1.0, dx, dy, dz, occlusion, 0.0)
    share = min(1.0, max(0.0, (fade - t) / (0.5 * fade)))
    red, green, blue = (
        red + (gr - red) * share,
        green + (gg - green) * share,
        blue + (gb - blue) * share,
    )
    return red, green, blue, t, 0.0, 0.0, 1.0


@numba.njit(**INLINED)
def _room(around, surfaces, light, view, dx, dy, dz):
    """Return colour, depth and world normal where a ray meets the room."""
    origin, box = view.origin, around.box
    t, axis, sign = FAR, 0, 1.0
    for k in range(3):
        step = dx if k == 0 else (dy if k == 1 else dz)
        if abs(step) < 1e-7:
            continue
        distance = ((box[k, 1] if step > 0 else box[k, 0]) - origin[k]) / step
        if 0 < distance < t:
            t, axis, sign = distance, k, (-1.0 if step > 0 else 1.0)
    px, py, pz = origin[0] + dx * t, origin[1] + dy * t, origin[2] + dz * t
    nx = sign if axis == 0 else 0.0
    ny = sign if axis == 1 else 0.0
    nz = sign if axis == 2 else 0.0
    wall = axis * 2 + (0 if sign > 0 else 1)
    u = py if axis == 0 else px
    v = py if axis == 2 else pz
    slant = max(abs(dx if axis == 0 else (dy if axis == 1 else dz)), 0.15)
    walls, panels = around.walls, around.panels
    texels = 128 * t / view.focal[0] / slant
    red, green, blue = walls[wall, 2], walls[wall, 3], walls[wall, 4]
    if walls[wall, 0] >= 0:
        tr, tg, tb = tile(
            surfaces.tiles,
            int(walls[wall, 0]),
            u * walls[wall, 1],
            -v * walls[wall, 1],
            texels * walls[wall, 1],
        )
        # Most walls and floors have little colour of their own.
        grey = 0.55 * (tr + tg + tb) / 3
        tr, tg, tb = grey + 0.45 * tr, grey + 0.45 * tg, grey + 0.45 * tb
        brightest = max(red, green, blue)
        red = tr * (0.4 + 0.6 * red / brightest)
        green = tg * (0.4 + 0.6 * green / brightest)
        blue = tb * (0.4 + 0.6 * blue / brightest)
    if axis != 2 and pz < 0.1:
        red, green, blue = red * 0.5, green * 0.5, blue * 0.5
    emission = 0.0
    for k in range(panels.shape[0]):
        if (
            int(panels[k, 0]) != wall
            or u < panels[k, 1]
            or u > panels[k, 2]
            or v < panels[k, 3]
            or v > panels[k, 4]
        ):
            continue
        edge = min(u - panels[k, 1], panels[k, 2] - u, v - panels[k, 3], panels[k, 4] - v)
        red, green, blue, emission = panels[k, 6], panels[k, 7], panels[k, 8], panels[k, 9]
        if panels[k, 5] >= 0:
            pu = 0.01 + 0.98 * (u - panels[k, 1]) / (panels[k, 2] - panels[k, 1])
            pv = 0.99 - 0.98 * (v - panels[k, 3]) / (panels[k, 4] - panels[k, 3])
            fine = texels / max(panels[k, 2] - panels[k, 1], 0.05)
            red, green, blue = tile(surfaces.tiles, int(panels[k, 5]), pu, pv, fine)
        if edge < 0.04 and emission >= 0:
            red, green, blue, emission = (
                panels[k, 6] * 0.5,
                panels[k, 7] * 0.5,
                panels[k, 8] * 0.5,
                0.0,
            )
    if emission > 0:
        return red * emission, green * emission, blue * emission, t, nx, ny, nz
    occlusion = 1.0
    for k in range(3):
        if k != axis:
            place = px if k == 0 else (py if k == 1 else pz)
            distance = min(place - box[k, 0], box[k, 1] - place)
            occlusion *= 1 - 0.45 * math.exp(-max(distance, 0.0) * 3.0)
    if axis == 2 and sign > 0:
        occlusion *= _contact(around, px, py)
    red, green, blue = _lit(
        light, red, green, blue, px, py, pz, nx, ny, nz, dx, dy, dz, occlusion, 0.03
    )
    return red, green, blue, t, nx, ny, nz


@numba.njit(**INLINED)
def surroundings_colour(around, surfaces, light, view, x, y, dx, dy, dz):
    """Return colour, depth (FAR = unknown) and world normal behind all meshes at pixel (x, y)."""
    if around.kind == PHOTO:
        picture = around.picture
        red, green, blue = picture[y, x, 0], picture[y, x, 1], picture[y, x, 2]
        return red, green, blue, FAR, 0.0, 0.0, 0.0
    if around.kind == OUTDOORS:
        return _outdoors(around, surfaces, light, view, dx, dy, dz)
    return _room(around, surfaces, light, view, dx, dy, dz)
