# SPDX-FileCopyrightText: 2026 The thfm_ros authors
# SPDX-License-Identifier: Apache-2.0
"""`thfm convert`: public weights into checkpoints, local files only."""

from __future__ import annotations

import argparse
from pathlib import Path

from thfm_ros.model.convert.errors import one_line_errors

_VERIFY_TOLERANCE = 1e-4


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Register `thfm convert`."""
    convert = subparsers.add_parser("convert", help="convert public weights to a checkpoint")
    kinds = convert.add_subparsers(dest="kind", required=True, metavar="kind")
    _add_genception(kinds)
    _add_wan(kinds)
    _add_taehv(kinds)
    _add_prior(kinds)
    _add_checkpoint(kinds)
    _add_average(kinds)


def _add_genception(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser("genception", help="THFM's public successor, 1.3B or 14B")
    parser.add_argument("--transformer", required=True, type=Path, help="the published .npz")
    parser.add_argument("--config", type=Path, help="the JSON that ships beside it")
    parser.add_argument("--vae", type=Path, help="diffusers VAE, or a codec from `convert taehv`")
    parser.add_argument(
        "--prompt", action="append", default=[], metavar="TASK=FILE.npy", help="repeatable"
    )
    parser.add_argument("--out", type=Path, required=True, help="checkpoint directory to write")
    parser.add_argument("--verify", type=Path, help="npz of inputs and outputs of the original")
    parser.add_argument("--tolerance", type=float, default=_VERIFY_TOLERANCE, help="largest error")
    parser.set_defaults(func=one_line_errors(_genception))


def _add_wan(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser("wan", help="Wan2.1-T2V, as the start of a training")
    parser.add_argument("directory", type=Path, help="diffusers-format directory")
    parser.add_argument(
        "--prompt", action="append", default=[], metavar="TASK=FILE.npy", help="repeatable"
    )
    parser.add_argument("--vae", type=Path, help="instead of DIRECTORY/vae")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint directory to write")
    parser.set_defaults(func=one_line_errors(_wan))


def _add_taehv(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser("taehv", help="the public tiny autoencoder for Wan 2.1, as a codec")
    parser.add_argument("file", type=Path, help="taew2_1.safetensors or .pth")
    parser.add_argument("--checkpoint", type=Path, help="copy this one, codec replaced")
    parser.add_argument("--out", type=Path, required=True, help="directory to write")
    parser.set_defaults(func=one_line_errors(_taehv))


def _add_prior(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser("prior", help="an image network's weights, as the start of a nano")
    parser.add_argument(
        "file", type=Path, nargs="?", help="the published .pth (default: the installed package's)"
    )
    parser.add_argument("--preset", default="nano")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint directory to write")
    parser.set_defaults(func=one_line_errors(_prior))


def _add_checkpoint(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser("checkpoint", help="one of ours, in another precision")
    parser.add_argument("directory", type=Path, help="checkpoint, such as a training run's model/")
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="bf16")
    parser.add_argument(
        "--inflate",
        action="store_true",
        help="weights of single frames: let the newest frame of a longer window be one",
    )
    parser.add_argument("--out", type=Path, required=True, help="checkpoint directory to write")
    parser.set_defaults(func=one_line_errors(_checkpoint))


def _add_average(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser("average", help="the weighted mean of checkpoints of one training")
    parser.add_argument("directories", type=Path, nargs="+", help="the newest, or largest, first")
    parser.add_argument("--shares", type=float, nargs="+", required=True, help="one each; sum 1")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint directory to write")
    parser.set_defaults(func=one_line_errors(_average))


def _genception(args: argparse.Namespace) -> int:
    from thfm_ros.model.convert import assemble

    result = assemble.genception_checkpoint(
        args.transformer, args.config, args.vae, args.prompt, args.out, _progress("transformer")
    )
    for note in result.notes:
        print(note)
    print(f"{result.config.name} written to {args.out}")
    if args.verify is None:
        return 0
    return _verify(args.out, args.verify, args.tolerance)


def _verify(checkpoint: Path, reference: Path, tolerance: float) -> int:
    from thfm_ros.model.checkpoint import load_transformer
    from thfm_ros.model.convert.verify import verify

    rows = verify(load_transformer(checkpoint), reference)
    print(f"{'output':20} {'max abs error':>14} {'relative RMS':>14}")
    for row in rows:
        print(f"{row.output:20} {row.max_abs:14.3g} {row.relative_rms:14.3g}")
    worst = max(row.max_abs for row in rows)
    within = worst <= tolerance
    print(f"{'within' if within else 'ABOVE'} the tolerance of {tolerance:g}")
    return 0 if within else 1


def _wan(args: argparse.Namespace) -> int:
    from thfm_ros.model.convert import assemble

    result = assemble.wan_checkpoint(args.directory, args.vae, args.prompt, args.out)
    for note in result.notes:
        print(note)
    print(f"{result.config.name} written to {args.out}: video path as published, tokens fresh")
    return 0


def _taehv(args: argparse.Namespace) -> int:
    from thfm_ros.model.convert import assemble

    assemble.taehv_checkpoint(args.file, args.checkpoint, args.out)
    print(f"codec written to {args.out}")
    return 0


def _prior(args: argparse.Namespace) -> int:
    from thfm_ros.model.convert.prior import convert_prior

    encoder = convert_prior(args.preset, args.file, args.out).config.codec.encoder
    print(f"{args.preset} written to {args.out}: {encoder.source} ({encoder.licence}), rest random")
    return 0


def _checkpoint(args: argparse.Namespace) -> int:
    import torch

    from thfm_ros.model.checkpoint import load_checkpoint, save_checkpoint

    model = load_checkpoint(args.directory)
    if args.inflate:
        model.inflate()
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[args.precision]
    save_checkpoint(model, args.out, dtype)
    size = sum(file.stat().st_size for file in args.out.iterdir())
    print(f"{model.config.name} written to {args.out} as {args.precision}, {size / 1e6:.1f} MB")
    return 0


def _average(args: argparse.Namespace) -> int:
    from thfm_ros.model.checkpoint import load_checkpoint, save_checkpoint
    from thfm_ros.model.convert.errors import ConversionError
    from thfm_ros.model.growth import averaged

    models = [load_checkpoint(directory) for directory in args.directories]
    try:
        save_checkpoint(averaged(models, args.shares), args.out)
    except ValueError as error:
        raise ConversionError(str(error)) from error
    print(f"{models[0].config.name} written to {args.out}")
    return 0


def _progress(what: str):
    """Return a callback (done, total) that draws one progress bar."""
    from rich.progress import Progress

    progress = Progress(transient=True)
    task = progress.add_task(what, total=None)

    def update(done: int, total: int) -> None:
        if not progress.live.is_started:
            progress.start()
        progress.update(task, completed=done, total=total)
        if done >= total:
            progress.stop()

    return update
