# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from thfm_ros.synth.assets.bake_garments import read_garment

MHCLO = """# a comment
name strip
obj_file strip.obj
x_scale 0 1 2.0
z_scale 2 3 4.0
y_scale 4 5 8.0
verts 0
material strip.mhmat
0 1 2 0.5 0.25 0.25 0.1 0.2 0.3
7
1 2 3 1.0 0.0 0.0 0.0 0.0 0.0
4
delete_verts
10 12 - 14
20
"""
OBJ = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\nf 1/1 2/2 3/3\nf 2 4 3\n"


def write(folder, mhclo=MHCLO, obj=OBJ):
    (folder / "strip.mhclo").write_text(mhclo)
    (folder / "strip.obj").write_text(obj)
    return folder / "strip.mhclo"


def test_a_line_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"strip\.mhclo, line 4: 'x_scale 0 1' is not read"):
        read_garment(write(tmp_path, MHCLO.replace("x_scale 0 1 2.0", "x_scale 0 1")))


def test_a_mesh_with_more_vertices_than_are_bound_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"strip\.obj has vertex 4, .* binds 4"):
        read_garment(write(tmp_path, obj=OBJ + "f 1 2 5\n"))


def test_a_garment_without_a_mesh_is_refused(tmp_path):
    with pytest.raises(ValueError, match="names no obj_file"):
        read_garment(write(tmp_path, MHCLO.replace("obj_file", "picture")))


def test_vertices_are_bound_to_three_or_to_one(tmp_path):
    mesh = read_garment(write(tmp_path))
    assert mesh.bound.tolist() == [[0, 1, 2], [7, 7, 7], [1, 2, 3], [4, 4, 4]]
    assert mesh.shares[1].tolist() == [1, 0, 0]
    assert mesh.faces.tolist() == [[0, 1, 2], [1, 3, 2]]


def test_offsets_come_in_our_axes(tmp_path):
    """MakeHuman's y is up and its z to the front; ours are z and -y."""
    mesh = read_garment(write(tmp_path))
    assert mesh.offset[0] == pytest.approx([0.1, -0.3, 0.2])
    assert mesh.lengths.tolist() == [2, 4, 8]
    assert mesh.measures.tolist() == [[0, 1], [2, 3], [4, 5]]


def test_hidden_skin_may_be_named_in_ranges(tmp_path):
    assert read_garment(write(tmp_path)).hides.tolist() == [10, 12, 13, 14, 20]


def test_connected_pieces_are_told_apart(tmp_path):
    mhclo = MHCLO.replace("4\ndelete", "4\n5\n5\n5\ndelete")
    mesh = read_garment(write(tmp_path, mhclo, OBJ + "f 5 6 7\n"))
    assert len(np.unique(mesh.piece)) == 2
    assert len(set(mesh.piece[:4])) == 1
