from __future__ import annotations

import numpy as np
import pytest
import torch

from model.detector import Scores
from model.errors import ModelError, OutOfMemory
from model.predictor import Predictor, predict_with
from model.preprocess import Preprocess
from model.tiling import plan_tiles
from tests.model.tiny_clip import DETECTORS, SIZE, picture, predictor

CPU = torch.device("cpu")


@pytest.mark.parametrize("kind", list(DETECTORS))
def test_a_picture_of_the_input_size_gets_the_detectors_own_numbers(kind: str) -> None:
    judge = predictor(kind)
    image = picture(1, SIZE, SIZE)
    with torch.inference_mode():
        scores = judge.detector(judge.detector.preprocess(image))
    got = judge.predict(image)
    assert got.score == scores.image_score.item()
    assert np.array_equal(got.anomaly_map, scores.anomaly_map[0, 0].numpy())


@pytest.mark.parametrize("size", [(32, 32), (1024, 1280), (33, 64), (200, 45), (40, 700)])
def test_the_map_has_the_size_of_the_source_and_cannot_be_written(size: tuple[int, int]) -> None:
    got = predictor().predict(picture(2, *size))
    assert got.anomaly_map.shape == size
    assert got.anomaly_map.dtype == np.float32
    assert isinstance(got.score, float)
    with pytest.raises(ValueError, match="read-only"):
        got.anomaly_map[0, 0] = 1


def test_grey_deep_and_transparent_pictures_are_the_same_picture() -> None:
    judge = predictor()
    grey = picture(3)[:, :, 0].copy()
    bgr = np.repeat(grey[:, :, None], 3, axis=2)
    expected = judge.predict(bgr)
    for same in (
        grey,
        grey[:, :, None],
        grey.astype(np.uint16) * 257,
        np.dstack([bgr, np.full(grey.shape, 9, np.uint8)]),
        (np.dstack([bgr, bgr[:, :, :1]]).astype(np.uint16) * 257),
    ):
        got = judge.predict(same)
        assert got.score == expected.score
        assert np.array_equal(got.anomaly_map, expected.anomaly_map)


def test_channels_are_not_swapped() -> None:
    image = picture(4)
    judge = predictor()
    assert judge.predict(image).score != judge.predict(image[:, :, ::-1]).score


def test_the_picture_is_not_changed_and_many_equal_singles() -> None:
    judge = predictor("few_shot_clip")
    images = [picture(seed) for seed in range(3)]
    for image in images:
        image.flags.writeable = False
    many = judge.predict_many(images)
    assert [one.score for one in many] == [judge.predict(image).score for image in images]


@pytest.mark.parametrize(
    "image",
    [np.zeros((31, 50, 3), np.uint8), np.zeros((8193, 40), np.uint8), np.zeros((50, 50, 3))],
)
def test_pictures_that_cannot_be_judged_are_refused(image: np.ndarray) -> None:
    with pytest.raises(ModelError):
        predictor().predict(image)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("place", ["image_score", "anomaly_map"])
def test_a_result_that_is_no_number_is_an_error(value: float, place: str) -> None:
    def broken(images: torch.Tensor) -> Scores:
        values = {
            "image_score": torch.zeros(len(images)),
            "anomaly_map": torch.zeros(len(images), 1, 8, 8),
        }
        values[place].view(-1)[0] = value
        return Scores(**values)

    with pytest.raises(ModelError, match="not a number"):
        predict_with(broken, Preprocess(SIZE), CPU, picture(0))


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
    ],
)
def test_too_little_memory_is_an_expected_error(error: Exception) -> None:
    def greedy(images: torch.Tensor) -> Scores:
        raise error

    with pytest.raises(OutOfMemory, match="memory of cpu does not suffice"):
        predict_with(greedy, Preprocess(SIZE), CPU, picture(0))


def test_a_bug_stays_a_bug() -> None:
    def wrong(images: torch.Tensor) -> Scores:
        raise RuntimeError("shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="multiplied"):
        predict_with(wrong, Preprocess(SIZE), CPU, picture(0))


def brightness(images: torch.Tensor) -> Scores:
    """A detector whose map is the picture's own brightness."""
    maps = images.mean(1, keepdim=True)
    return Scores(maps.amax((1, 2, 3)), maps)


def test_a_long_strip_is_judged_in_tiles_and_a_small_spot_found_at_its_place() -> None:
    strip = np.full((256, 4096, 3), 90, np.uint8)
    strip[100:112, 3000:3012] = 250
    got = predict_with(brightness, Preprocess(SIZE * 4), CPU, strip)
    y, x = np.unravel_index(got.anomaly_map.argmax(), got.anomaly_map.shape)
    assert 95 <= y <= 117
    assert 2995 <= x <= 3017
    assert got.score > predict_with(brightness, Preprocess(SIZE * 4), CPU, strip[:, :2000]).score


def test_tiles_of_an_even_picture_leave_no_seam() -> None:
    x = np.linspace(0, 255, 4096).astype(np.uint8)
    strip = np.repeat(np.tile(x, (256, 1))[:, :, None], 3, axis=2)
    assert len(plan_tiles(256, 4096)) > 8
    got = predict_with(brightness, Preprocess(SIZE), CPU, strip).anomaly_map
    assert np.abs(np.diff(got, axis=1)).max() < 0.02


def test_the_score_of_a_tiled_picture_is_that_of_its_worst_tile() -> None:
    judge = predictor()
    strip = picture(7, 64, 400)
    tiles = plan_tiles(64, 400)
    assert len(tiles) > 2
    worst = max(judge.predict(np.ascontiguousarray(strip[t.window])).score for t in tiles)
    assert judge.predict(strip).score == pytest.approx(worst, abs=1e-6)


def test_times_are_told() -> None:
    times = predictor().predict(picture(1)).times
    assert min(times.preprocess_ms, times.model_ms, times.postprocess_ms) >= 0
    assert times.model_ms > 0


def test_warm_up_and_device_name() -> None:
    judge = predictor()
    judge.warm_up()
    assert isinstance(judge, Predictor)
    assert judge.device_name.startswith("cpu")


@pytest.mark.parametrize("resize", ["squash", "pad"])
@pytest.mark.parametrize("size", [(60, 90), (90, 60), (47, 90), (64, 64), (64, 400), (300, 70)])
def test_a_spot_returns_to_its_place(resize: str, size: tuple[int, int]) -> None:
    image = np.zeros((*size, 3), np.uint8)
    row, column = round(size[0] * 0.7), round(size[1] * 0.2)
    image[row - 3 : row + 4, column - 3 : column + 4] = 255
    got = predict_with(brightness, Preprocess(64, resize=resize), CPU, image)
    assert got.anomaly_map.shape == size
    found = np.unravel_index(got.anomaly_map.argmax(), size)
    assert found == pytest.approx((row, column), abs=3.5)


def test_what_is_said_of_the_padding_does_not_come_back() -> None:
    def loud_padding(images: torch.Tensor) -> Scores:
        padding = (images == images[:, :, :1, :1]).all(1, keepdim=True).float()
        return Scores(padding.amax((1, 2, 3)), padding)

    image = np.full((40, 80, 3), 90, np.uint8)
    got = predict_with(loud_padding, Preprocess(64, resize="pad"), CPU, image)
    assert got.score == 1
    assert got.anomaly_map.max() == 0


def test_a_detector_with_names_names_what_it_sees() -> None:
    judge = predictor("ad_clip")
    found = judge.predict(picture(4)).class_probabilities
    assert {name for name, _ in found} == {"good", "crack", "stain"}
    shares = [share for _, share in found]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert predictor("anomaly_clip").predict(picture(4)).class_probabilities == ()


def test_the_names_are_those_of_the_worst_tile() -> None:
    def score(images: torch.Tensor) -> Scores:
        count = images.shape[0]
        level = images.mean((1, 2, 3))
        classes = torch.stack([level.sigmoid(), 1 - level.sigmoid()], 1)
        return Scores(level, torch.zeros(count, 1, 8, 8), classes)

    wide = np.zeros((64, 400, 3), np.uint8)
    wide[:, 300:] = 255
    assert len(plan_tiles(64, 400)) > 1
    found = predict_with(score, Preprocess(32), CPU, wide, ("light", "dark"))
    assert found.class_probabilities[0][0] == "light"


def test_class_probabilities_that_are_no_numbers_are_refused() -> None:
    def score(images: torch.Tensor) -> Scores:
        nothing = torch.zeros(images.shape[0], 1, 8, 8)
        return Scores(nothing.flatten(1).sum(1), nothing, torch.full((1, 2), torch.nan))

    with pytest.raises(ModelError, match="not a number"):
        predict_with(score, Preprocess(32), CPU, picture(1), ("good", "bad"))
