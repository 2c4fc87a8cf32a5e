"""The unmodified training program of AnomalyCLIP against our loop: files in, prompts out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from model.detectors.anomaly_clip import AnomalyClip
from model.training.anomaly_clip import AnomalyClipTrainee
from model.training.config import Epoch, LoopConfig
from model.training.example import Example
from model.training.loop import fit
from model.training.order import order, turn_of
from model.training.recipes import recipe
from tests.model.golden_clip import detector, load_arrays
from tests.shared_data import golden

PICTURES = 15
SEED = 111


class GivenOrder:
    """Shows the pictures of the reference's epochs in its order, whatever the loop's order is."""

    def __init__(self, paths: list[str], size: int) -> None:
        self._size = size
        self._epochs = []
        for epoch in range(len(paths) // PICTURES):
            mine = order(SEED, epoch, PICTURES)
            theirs = paths[PICTURES * epoch : PICTURES * (epoch + 1)]
            self._epochs.append(dict(zip(mine, theirs, strict=True)))

    def __len__(self) -> int:
        return PICTURES

    def view(self, index: int, turn: int) -> Example:
        path = self._epochs[turn][index]
        is_bad = "/bad/" in path
        # resized in the file's own mode, as the reference does; our reader makes BGR first
        with Image.open(golden("minids") / path) as picture:
            small = picture.resize((self._size, self._size), Image.Resampling.BICUBIC)
            bgr = np.asarray(small.convert("RGB"))[:, :, ::-1].copy()
        mask = np.zeros((self._size, self._size), np.uint8)
        if is_bad:
            with Image.open(golden("minids") / path.replace("/test/", "/ground_truth/")) as truth:
                grey = Image.fromarray((np.asarray(truth.convert("L")) > 0).astype(np.uint8) * 255)
                grey = grey.resize((self._size, self._size), Image.Resampling.BILINEAR)
                mask = (np.asarray(grey) / 255 > 0.5).astype(np.uint8)
        return Example(bgr, mask, is_bad, "bad" if is_bad else "good")


def published(arrays: dict[str, Any]) -> AnomalyClip:
    return detector(json.loads(str(arrays["meta_json"]))["config"], [24])


def test_two_epochs_of_the_published_recipe(tmp_path: Path) -> None:
    arrays = load_arrays(golden("e2e_tiny24.npz"))
    trainee = AnomalyClipTrainee(published(arrays))
    views = GivenOrder(arrays["train_paths"].tolist(), 70)
    assert [turn_of(epoch, 2) for epoch in range(2)] == [0, 1]
    values = recipe("anomalyclip").loop | {"epochs": 2, "batch_size": 4, "turns": 2}
    config = LoopConfig(folder=tmp_path, seed=SEED, **values)
    seen = []

    def compare(epoch: Epoch) -> None:
        for key, parameter in trainee.detector.prompt_learner.named_parameters():
            expected = arrays.get(f"epoch{epoch.number}_{key}")
            if expected is not None:
                off = float((parameter.detach() - torch.from_numpy(expected)).abs().max())
                seen.append((epoch.number, key, off))

    result = fit(trainee, views, None, config, on_epoch=compare)
    assert {(number, key) for number, key, _ in seen} == {
        (number, key)
        for number in (1, 2)
        for key in ("ctx_pos", "ctx_neg", "compound_prompts_text.0", "compound_prompts_text.7")
    }
    assert max(off for _, _, off in seen) < 2e-5
    # per epoch four steps of 4, 4, 4 and 3 pictures; ours are means over pictures
    sizes = np.array([4, 4, 4, 3])
    for number, epoch in enumerate(result.epochs):
        steps = slice(4 * number, 4 * number + 4)
        dice = arrays["train_dice1_dice0"][steps]
        for name, theirs in (
            ("image", arrays["train_ce"][steps]),
            ("focal", arrays["train_focal"][steps]),
            ("dice_anomalous", dice[:, 0]),
            ("dice_normal", dice[:, 1]),
        ):
            assert abs(epoch.losses[name] - (theirs * sizes).sum() / PICTURES) < 2e-5, name
