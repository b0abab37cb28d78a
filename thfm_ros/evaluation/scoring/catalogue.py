# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""Every figure that an evaluation can print: its title, unit, direction and protocol."""

from __future__ import annotations

from dataclasses import dataclass

LOWER, HIGHER, NEITHER = "lower", "higher", ""


@dataclass(frozen=True)
class Metric:
    """One row of the table.

    better:   "lower", "higher", or "" where neither is (counts)
    protocol: what is averaged over what, and whose definition it is
    """

    name: str
    group: str
    title: str
    unit: str
    better: str
    protocol: str


_PERSON = "over the true person's pixels that have a prediction; mean of frames"
_MATTE = "over all pixels; mean of frames"
_PER_FRAME = "scale and shift fitted per frame on people (DAViD)"
_PER_VIDEO = "one scale and shift in disparity for the recording (VDA), on a sample of the pixels"
_AS_IS = "metres as published, nothing fitted"
_MATCHED = "matched people; visible and occluded landmarks; pelvis-aligned (WHAM)"
_ALL_PEOPLE = "visible landmarks; people who were not found count as wrong"
_NO_TRUTH = "no ground truth needed"

_TABLE = (
    ("mask", "mask_iou", "IoU", "", HIGHER, "binarised at 0.5; mean of frames (DAVIS J)"),
    ("mask", "mask_mse", "MSE", "", LOWER, f"{_MATTE} (DAViD, unscaled)"),
    ("mask", "mask_mad", "MAD", "", LOWER, f"{_MATTE} (RVM, unscaled)"),
    ("mask", "mask_sad", "SAD", "1000 px", LOWER, f"{_MATTE} (DAViD)"),
    ("mask", "mask_grad", "Grad", "", LOWER, f"{_MATTE} (RVM)"),
    ("mask", "mask_conn", "Conn", "", LOWER, f"{_MATTE} (RVM)"),
    ("mask", "mask_dtssd", "dtSSD", "x100", LOWER, "mean of pairs of frames (RVM)"),
    ("normals", "normals_mean_deg", "mean angle", "deg", LOWER, _PERSON),
    ("normals", "normals_median_deg", "median angle", "deg", LOWER, _PERSON),
    ("normals", "normals_under_11.25", "under 11.25 deg", "", HIGHER, _PERSON),
    ("normals", "normals_under_22.5", "under 22.5 deg", "", HIGHER, _PERSON),
    ("normals", "normals_under_30", "under 30 deg", "", HIGHER, _PERSON),
    ("normals", "normals_coverage", "pixels predicted", "", HIGHER, "share of the true person's"),
    ("depth", "depth_absrel", "AbsRel", "", LOWER, _PER_FRAME),
    ("depth", "depth_rmse_m", "RMSE", "m", LOWER, _PER_FRAME),
    ("depth", "depth_delta1", "delta 1", "", HIGHER, _PER_FRAME),
    ("depth", "depth_video_absrel", "AbsRel, video", "", LOWER, _PER_VIDEO),
    ("depth", "depth_video_rmse_m", "RMSE, video", "m", LOWER, _PER_VIDEO),
    ("depth", "depth_video_delta1", "delta 1, video", "", HIGHER, _PER_VIDEO),
    ("depth", "depth_metric_absrel", "AbsRel, metric", "", LOWER, _AS_IS),
    ("depth", "depth_metric_rmse_m", "RMSE, metric", "m", LOWER, _AS_IS),
    ("depth", "depth_metric_delta1", "delta 1, metric", "", HIGHER, _AS_IS),
    ("depth", "depth_coverage", "pixels predicted", "", HIGHER, "share of the true person's"),
    (
        "dense_pose",
        "dense_pose_error",
        "canonical error",
        "",
        LOWER,
        "mean absolute per coordinate, 1 = the body's extent; not GPS, which needs the SMPL mesh",
    ),
    (
        "dense_pose",
        "dense_pose_coverage",
        "pixels predicted",
        "",
        HIGHER,
        "share of the true person's",
    ),
    ("people", "people_precision", "precision", "", HIGHER, "matched by assignment (CLEAR MOT)"),
    ("people", "people_recall", "recall", "", HIGHER, "matched by assignment (CLEAR MOT)"),
    ("people", "people_f1", "F1", "", HIGHER, "matched by assignment"),
    ("people", "id_switches", "id switches", "", LOWER, "over the recording (CLEAR MOT)"),
    (
        "skeleton2d",
        "pck_0_05",
        "PCK at 0.05",
        "",
        HIGHER,
        f"of the box's longer edge; {_ALL_PEOPLE}",
    ),
    ("skeleton2d", "pck_0_1", "PCK at 0.1", "", HIGHER, f"of the box's longer edge; {_ALL_PEOPLE}"),
    ("skeleton2d", "pck_0_2", "PCK at 0.2", "", HIGHER, f"of the box's longer edge; {_ALL_PEOPLE}"),
    (
        "skeleton2d",
        "pck_0_1_occluded",
        "PCK at 0.1, occluded",
        "",
        HIGHER,
        "occluded landmarks only; people who were not found count as wrong",
    ),
    (
        "skeleton2d",
        "oks",
        "OKS",
        "",
        HIGHER,
        "COCO's 17 joints and sigmas, area 0.53 of the box; not found = 0",
    ),
    ("skeleton3d", "mpjpe_mm", "MPJPE", "mm", LOWER, _MATCHED),
    (
        "skeleton3d",
        "pa_mpjpe_mm",
        "PA-MPJPE",
        "mm",
        LOWER,
        f"similarity per person and frame; {_MATCHED}",
    ),
    ("skeleton3d", "mpjpe_visible_mm", "MPJPE, visible", "mm", LOWER, "visible landmarks only"),
    ("skeleton3d", "mpjpe_occluded_mm", "MPJPE, occluded", "mm", LOWER, "occluded landmarks only"),
    ("skeleton3d", "accel_m_s2", "acceleration error", "m/s2", LOWER, f"{_MATCHED}"),
    (
        "skeleton3d",
        "root_error_mm",
        "root error",
        "mm",
        LOWER,
        "distance of the hips' centres in the camera's frame, nothing aligned",
    ),
    (
        "consistency",
        "jitter_10m_s3",
        "3D jitter",
        "10 m/s3",
        LOWER,
        f"third derivative of root-relative landmarks (WHAM: of global ones); {_NO_TRUTH}",
    ),
    (
        "consistency",
        "jitter_2d_percent",
        "2D jitter",
        "% of box",
        LOWER,
        f"second difference of landmarks over the box's longer edge; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "mask_warp",
        "mask flicker",
        "",
        LOWER,
        f"change along optical flow; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "depth_warp",
        "depth flicker",
        "",
        LOWER,
        f"relative change along optical flow, scale taken out; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "normals_warp_deg",
        "normals flicker",
        "deg",
        LOWER,
        f"angle turned along optical flow; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "seam_ratio_mask",
        "seams, mask",
        "",
        LOWER,
        f"change at window seams over change inside; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "seam_ratio_depth",
        "seams, depth",
        "",
        LOWER,
        f"change at window seams over change inside; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "seam_ratio_normals",
        "seams, normals",
        "",
        LOWER,
        f"change at window seams over change inside; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "reprojection_px",
        "reprojection",
        "px",
        LOWER,
        f"2D landmarks against 3D ones at their best place; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "reprojection_percent",
        "reprojection",
        "% of box",
        LOWER,
        f"the same over the box's longer edge; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "landmarks_in_mask",
        "landmarks in mask",
        "",
        HIGHER,
        f"visible ones at most 5 % of the box off it; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "mask_in_boxes",
        "mask in people's boxes",
        "",
        HIGHER,
        f"boxes of landmarks, a tenth larger; {_NO_TRUTH}",
    ),
    (
        "consistency",
        "depth_normal_deg",
        "depth against normals",
        "deg",
        LOWER,
        f"angle between predicted normals and those of predicted depth; {_NO_TRUTH}",
    ),
    ("consistency", "people_per_frame", "people per frame", "", NEITHER, _NO_TRUTH),
)

METRICS = {
    name: Metric(name, group, title, unit, better, protocol)
    for group, name, title, unit, better, protocol in _TABLE
}
GROUPS = tuple(dict.fromkeys(metric.group for metric in METRICS.values()))
