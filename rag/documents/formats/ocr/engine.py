"""Find the lines of text in a picture with RapidOCR, whose models come with its package.

Goes in: a picture. Comes out: its lines with their places. Nothing is downloaded, and a picture is
made smaller before it is read, so that each costs at most some seconds.
"""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from rag.documents.formats.shared.limits import Limits

MAX_SIDE = 2_000
"""Pixels of the longer side: 171 dpi on A4. At 200 dpi no more letters are right."""
# Lines are found in a smaller picture than they are read in, in a fifth of the time.
_MAX_SIDE_TO_FIND = 1_280
_MODELS = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
    "Cls.model_path": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
# Below it, most lines of an upright page are not what they seem.
_MIN_MEAN_SCORE = 0.8
# All of the width of the lines of noisy pages in known languages has at least .8. Of Korean and
# Arabic ones, which the models do not know, .03 to .38 of it has.
_SURE_SCORE = 0.8
_MIN_SURE_SHARE = 0.6
_MIN_SCORE = 0.5
_MIN_LINES_TO_TURN = 3
_TALL = 1.5


class PictureLine(NamedTuple):
    """A line of text in a picture, or a part of one that stands apart from the rest.

    Attributes:
        left, top, right, bottom: In pixels of the picture that was read, from its top left corner.
        slope: How far it sinks from left to right, as a share of its width.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    slope: float = 0.0

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


class Ocr:
    """Reads the pictures of one file until its time is over, which may be at once."""

    def __init__(
        self,
        limits: Limits,
        find_lines: Callable[[Image.Image], list[PictureLine] | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds_left = limits.ocr_seconds
        self._find_lines = find_lines or read_lines
        self._clock = clock

    @property
    def is_over(self) -> bool:
        """Whether no more pictures may be read."""
        return self._seconds_left <= 0

    def read(self, picture: Image.Image) -> list[PictureLine] | None:
        """Return the lines of a picture, in no order; None if it cannot or may not be read."""
        if self.is_over:
            return None
        began = self._clock()
        try:
            return self._find_lines(picture)
        except Exception:  # noqa: BLE001 -- a picture that breaks a library must not cost the text beside it
            return None
        finally:
            self._seconds_left -= self._clock() - began


def read_lines(picture: Image.Image) -> list[PictureLine] | None:
    """Return the lines of a picture; one that stands on its side or head is turned.

    None if it is in a script that the models do not know: their guesses would be nonsense.
    """
    small = picture.convert("RGB")
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    readings = [_read_upright(small)]
    turns: tuple[Image.Transpose, ...] = ()
    if readings[0].is_sideways:
        turns = Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270
    elif readings[0].score < _MIN_MEAN_SCORE and len(readings[0].lines) >= _MIN_LINES_TO_TURN:
        turns = (Image.Transpose.ROTATE_180,)
    readings += [_read_upright(small.transpose(turn)) for turn in turns]
    best = max(readings, key=lambda reading: (not reading.is_sideways, reading.score))
    return None if best.lines and best.sure_share < _MIN_SURE_SHARE else best.lines


class _Reading(NamedTuple):
    """One attempt to read a picture.

    Attributes:
        score: Mean of the lines, 0 to 1.
        sure_share: Of the width of all lines, that of lines with a high score.
    """

    lines: list[PictureLine]
    score: float = 0.0
    sure_share: float = 0.0
    is_sideways: bool = False


def _read_upright(picture: Image.Image) -> _Reading:
    # OpenCV's order of colours is the reverse.
    found = _engine()(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))
    if found.boxes is None or not found.txts:
        return _Reading([])
    lines = [_line(box, text) for box, text in zip(found.boxes, found.txts, strict=True)]
    widths = np.array([max(line.right - line.left, line.height) for line in lines])
    scores = np.asarray(found.scores)
    # A line of a few letters may be as tall as it is wide.
    n_tall = sum(line.height > _TALL * (line.right - line.left) for line in lines if len(line.text) > 1)
    return _Reading(
        [line for line, score in zip(lines, scores, strict=True) if score >= _MIN_SCORE],
        score=float(scores.mean()),
        sure_share=float(widths[scores >= _SURE_SCORE].sum() / widths.sum()),
        is_sideways=2 * n_tall > len(lines),
    )


def _line(box: Any, text: str) -> PictureLine:  # noqa: ANN401 -- an array of four corners, clockwise from the top left
    (left_top, right_top, right_bottom, left_bottom) = np.asarray(box, dtype=float)
    rise = (right_top[1] - left_top[1] + right_bottom[1] - left_bottom[1]) / 2
    width = max(1.0, float((right_top[0] - left_top[0] + right_bottom[0] - left_bottom[0]) / 2))
    middle = float((left_top[1] + left_bottom[1] + right_top[1] + right_bottom[1]) / 4)
    height = float((left_bottom[1] - left_top[1] + right_bottom[1] - right_top[1]) / 2)
    return PictureLine(
        text.strip(),
        left=float(min(left_top[0], left_bottom[0])),
        top=middle - height / 2,
        right=float(max(right_top[0], right_bottom[0])),
        bottom=middle + height / 2,
        slope=float(rise) / width,
    )


@cache
def _engine() -> Any:  # noqa: ANN401 -- RapidOCR, which ships no annotations for its results
    import rapidocr  # the extra `ocr`

    models = Path(rapidocr.__file__).parent / "models"
    return rapidocr.RapidOCR(
        params={
            # A model that is named is never downloaded.
            **{name: str(models / file) for name, file in _MODELS.items()},
            "Global.log_level": "critical",
            "Global.text_score": 0.0,
            "Global.use_cls": False,
            "Det.limit_type": "max",
            "Det.limit_side_len": _MAX_SIDE_TO_FIND,
            # Lines of unlike widths would be filled up to the widest of a batch.
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
