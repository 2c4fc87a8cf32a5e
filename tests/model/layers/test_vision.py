from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from model.backbone import build_clip
from model.layers import vision
from model.layers.attention import attend
from model.layers.position import interpolate, position_embedding
from model.layers.vision import encode_image
from tests.model.clips import small_clip


def _images(height: int, width: int, batch: int = 2) -> Tensor:
    return torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(1))


def test_the_original_stream_is_open_clips_own() -> None:
    """ViT-B-32-quickgelu at 224: class token and patch rows before LN_post are the library's."""
    visual = build_clip("ViT-B-32-quickgelu").visual.eval()
    images = _images(224, 224, batch=1)
    with torch.no_grad():
        ours = encode_image(visual, images, [3, 12], dpam=1)
        theirs = visual.forward_intermediates(images, indices=[2, 11], output_fmt="NLC")
        hidden = visual.transformer(visual._embeds(images))
        # open_clip puts LN_post on the class token, AnomalyCLIP does not
        normed = visual.ln_post(hidden[:, 0]) @ visual.proj
        expected = [visual.ln_post(rows) @ visual.proj for rows in theirs["image_intermediates"]]
    assert ours.grid == (7, 7)
    assert torch.allclose(normed, theirs["image_features"], atol=1e-5)
    assert torch.allclose(ours.image, hidden[:, 0] @ visual.proj, atol=1e-5)
    assert torch.allclose(ours.patches[3], expected[0], atol=1e-5)
    assert torch.allclose(ours.patches[12], expected[1], atol=1e-5)


@pytest.mark.parametrize("name", ["ViT-B-16-quickgelu", "ViT-L-14-quickgelu", "adclip-tiny"])
def test_each_named_backbone_is_accepted(name: str) -> None:
    """Heads, patch size and widths come from the model: on the meta device, shapes alone."""
    with torch.device("meta"):
        visual = build_clip(name).visual
    side = 2 * visual.patch_size[0]
    blocks = len(visual.transformer.resblocks)
    found = encode_image(visual, torch.empty(1, 3, side, side, device="meta"), [blocks], blocks)
    assert found.patches[blocks].shape == (1, 4, visual.output_dim)


def _slow(visual: nn.Module, images: Tensor, layers: list[int], dpam: int) -> dict[int, Tensor]:
    """Two streams written out with nothing shared or left out."""
    tower = visual
    stream, _ = vision.embed(visual, images)
    local = None
    found = {}
    blocks = tower.transformer.resblocks
    for number, block in enumerate(blocks, start=1):
        normed = block.ln_1(stream)
        q, k, v = (
            part.unflatten(-1, (block.attn.num_heads, -1)).transpose(1, 2)
            for part in (normed @ block.attn.in_proj_weight.T + block.attn.in_proj_bias).chunk(
                3, -1
            )
        )
        if number > len(blocks) - dpam + 1:
            weights = (v @ v.transpose(-1, -2) / v.shape[-1] ** 0.5).softmax(-1)
            update = block.attn.out_proj((weights @ v).transpose(1, 2).flatten(2))
            local = (stream if local is None else local) + update
        weights = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
        stream = stream + block.attn.out_proj((weights @ v).transpose(1, 2).flatten(2))
        stream = stream + block.mlp(block.ln_2(stream))
        if number in layers:
            taken = stream if local is None else local
            found[number] = (tower.ln_post(taken) @ tower.proj)[:, 1:]
    found[0] = stream[:, 0] @ tower.proj
    return found


@pytest.mark.parametrize("dpam", range(1, 6))
@pytest.mark.parametrize("layers", [[4], [1, 2, 3, 4], [2], [1, 3], []])
def test_short_cuts_change_nothing(dpam: int, layers: list[int]) -> None:
    visual = small_clip().visual
    images = _images(40, 24)
    with torch.inference_mode():
        ours = encode_image(visual, images, layers, dpam)
        slow = _slow(visual, images, layers, dpam)
    assert ours.grid == (5, 3)
    assert torch.allclose(ours.image, slow.pop(0), atol=1e-5)
    assert list(ours.patches) == layers
    for layer in layers:
        assert torch.allclose(ours.patches[layer], slow[layer], atol=1e-5)


def test_layers_come_in_ascending_order() -> None:
    with torch.inference_mode():
        found = encode_image(small_clip().visual, _images(32, 32), [4, 2, 4, 3], 3)
    assert list(found.patches) == [2, 3, 4]


@pytest.fixture
def attention_calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Query rows of each attention."""
    calls: list[int] = []

    def counted(attention: nn.Module, q: Tensor, k: Tensor, v: Tensor, **options: bool) -> Tensor:
        calls.append(q.shape[2])
        return attend(attention, q, k, v, **options)

    monkeypatch.setattr(vision, "attend", counted)
    return calls


def test_no_work_beyond_what_is_asked(attention_calls: list[int]) -> None:
    visual = small_clip().visual
    with torch.inference_mode():
        encode_image(visual, _images(32, 32), [3], 4)
    # blocks 2 and 3 have both attentions; the last has one query row and no local stream
    assert attention_calls == [17, 17, 17, 17, 17, 1]


def test_the_last_block_keeps_its_rows_when_they_are_wanted(attention_calls: list[int]) -> None:
    with torch.inference_mode():
        encode_image(small_clip().visual, _images(32, 32), [4], 1)
    assert attention_calls == [17, 17, 17, 17]


@pytest.mark.parametrize(("layers", "dpam"), [([0], 2), ([5], 2), ([4], 0), ([4], 6)])
def test_layers_that_the_tower_lacks_are_refused(layers: list[int], dpam: int) -> None:
    with pytest.raises(ValueError, match="not within"):
        encode_image(small_clip().visual, _images(32, 32), layers, dpam)


def test_gradients_reach_every_weight() -> None:
    visual = small_clip(ls_init_value=0.1).visual.train()
    found = encode_image(visual, _images(40, 40), [2, 4], 4)
    (found.image.square().sum() + sum(p.square().sum() for p in found.patches.values())).backward()
    without = [key for key, value in visual.named_parameters() if value.grad is None]
    assert without == []


def test_position_embedding_is_computed_once_per_size() -> None:
    visual = small_clip().visual.requires_grad_(False)
    first = position_embedding(visual, (5, 7))
    assert position_embedding(visual, (5, 7)) is first
    assert first.shape == (36, 128)
    assert position_embedding(visual, (7, 5)).shape == (36, 128)
    assert position_embedding(visual, (4, 4)) is visual.positional_embedding


def test_many_sizes_do_not_fill_the_memory() -> None:
    visual = small_clip().visual.requires_grad_(False)
    first = position_embedding(visual, (1, 9))
    for width in range(10, 30):
        position_embedding(visual, (1, width))
    again = position_embedding(visual, (1, 9))
    assert again is not first
    assert torch.equal(again, first)


def test_a_change_of_the_stored_embedding_is_noticed() -> None:
    visual = small_clip().visual.requires_grad_(False)
    before = position_embedding(visual, (5, 5))
    with torch.no_grad():
        visual.positional_embedding.mul_(2)
    assert torch.equal(position_embedding(visual, (5, 5)), 2 * before)
    assert position_embedding(visual.double(), (5, 5)).dtype == torch.float64


def test_while_training_nothing_is_remembered() -> None:
    visual = small_clip().visual
    assert position_embedding(visual, (5, 5)).requires_grad
    with torch.no_grad():
        assert not position_embedding(visual, (5, 5)).requires_grad
    assert position_embedding(visual, (5, 5)).requires_grad


def test_what_inference_mode_remembered_can_be_trained_on() -> None:
    visual = small_clip().visual.requires_grad_(False)
    with torch.inference_mode():
        position_embedding(visual, (5, 5))
    images = _images(40, 40).requires_grad_(True)
    encode_image(visual, images, [4], 4).image.sum().backward()
    assert images.grad is not None


def test_the_class_row_is_kept_and_the_size_restored() -> None:
    stored = torch.randn(1 + 16, 8)
    assert torch.allclose(interpolate(stored, (4, 4), (4, 4)), stored)
    assert torch.equal(interpolate(stored, (4, 4), (9, 3))[0], stored[0])
