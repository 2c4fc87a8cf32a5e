from __future__ import annotations

import pytest
import torch

from model.layers.prompts import PromptLearner
from model.layers.text import encode_prompts
from tests.model.clips import small_clip


def test_rows_are_unit_vectors_and_differ() -> None:
    clip = small_clip()
    text = encode_prompts(clip, PromptLearner(clip))
    assert text.shape == (2, 32)
    assert torch.allclose(text.norm(dim=1), torch.ones(2))
    assert not torch.allclose(text[0], text[1], atol=1e-3)


def test_equals_open_clips_own_tower_without_learned_prompts() -> None:
    """With the context set to the embedding of its tokens the library's encode_text agrees."""
    clip = small_clip()
    learner = PromptLearner(clip, depth=1)
    with torch.no_grad():
        words = clip.token_embedding(learner.tokens)
        learner.ctx_pos.copy_(words[0, 1:13])
        learner.ctx_neg.copy_(words[1, 1:13])
        expected = clip.encode_text(learner.tokens, normalize=True)
        assert torch.allclose(encode_prompts(clip, learner), expected, atol=1e-6)


def test_compound_prompts_are_rounded_to_half_precision() -> None:
    clip = small_clip()
    learner = PromptLearner(clip)
    with torch.no_grad():
        before = encode_prompts(clip, learner)
        for prompt in learner.compound_prompts_text:
            prompt.copy_(prompt.half().float())
        assert torch.equal(encode_prompts(clip, learner), before)


def test_prompts_beyond_the_tower_are_unused() -> None:
    clip = small_clip()
    learner = PromptLearner(clip, depth=9)
    encode_prompts(clip, learner).square().sum().backward()
    encode_prompts(clip, learner)[0, 0].backward()
    with_gradient = [p.grad is not None for p in learner.compound_prompts_text]
    # three text blocks: prompts go into blocks 1 and 2
    assert with_gradient == [True, True] + [False] * 6


def test_gradients_reach_the_whole_text_tower() -> None:
    clip = small_clip()
    learner = PromptLearner(clip)
    encode_prompts(clip, learner)[:, 0].sum().backward()
    text = [name for name, _ in clip.named_parameters() if not name.startswith("visual.")]
    without = [n for n, p in clip.named_parameters() if n in text and p.grad is None]
    assert without == ["logit_scale"]
    assert learner.ctx_pos.grad is not None


def test_other_words() -> None:
    clip = small_clip()
    learner = PromptLearner(clip, 2, 1, 2, word="bolt", normal="flawless {}", anomalous="bent {}")
    assert learner.config()["word"] == "bolt"
    assert learner.tokens.shape == (2, 77)
    assert not torch.equal(learner.tokens, PromptLearner(clip, 2, 1, 2).tokens)


@pytest.mark.parametrize("sizes", [(12, 13, 9), (12, 4, 0)])
def test_impossible_sizes_are_refused(sizes: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        PromptLearner(small_clip(), *sizes)


def test_the_live_embedding_counts_and_is_copied_on_demand() -> None:
    clip = small_clip()
    learner = PromptLearner(clip)
    with torch.no_grad():
        before = encode_prompts(clip, learner)
        clip.token_embedding.weight.mul_(1.5)
        assert not torch.allclose(encode_prompts(clip, learner), before)
    learner.take_token_embeddings(clip)
    expected = clip.token_embedding.weight[49406]
    assert torch.equal(learner.token_prefix_pos[0, 0, 0], expected)
