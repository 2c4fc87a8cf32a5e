"""Where pretrained backbones are published: open_clip's and torchvision's tables, checkable."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import open_clip
from open_clip.constants import HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME
from torchvision.models import get_model_weights

from model.backbone import TINY, clip_config
from model.errors import CheckpointError
from model.preprocess import CLIP_MEAN
from model.resnet import RESNETS

# small runs made to compare training data; no use as a backbone
_ABLATIONS = ("commonpool", "datacomp_s_", "datacomp_m_", "datacomp_l_")
_FIRST = ("ViT-L-14-336-quickgelu", "ViT-L-14-quickgelu", "ViT-B-16-quickgelu", *RESNETS)
_USUAL_TAGS = ("openai", "IMAGENET1K_V1")


@dataclass(frozen=True, slots=True)
class Source:
    """One address of a weight file.

    Attributes:
        url: http or https.
        sha256: Hash or its first 8 digits; "" if the server has to be asked.
    """

    url: str
    sha256: str

    @property
    def suffix(self) -> str:
        """Suffix of the file, with the dot."""
        return PurePosixPath(self.url).suffix


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A published set of weights for a supported backbone.

    Attributes:
        backbone: Name for `model.backbones.Backbones.load`.
        tag: open_clip's or torchvision's name for the training run.
        sources: Where it is to be had, the best form first.
    """

    backbone: str
    tag: str
    sources: tuple[Source, ...]

    @property
    def name(self) -> str:
        """Name for people: "ViT-L-14-336-quickgelu:openai"."""
        return f"{self.backbone}:{self.tag}"

    @property
    def is_usual(self) -> bool:
        """Whether it is meant where a backbone is named without a training run."""
        return self.tag in _USUAL_TAGS

    @property
    def published_file(self) -> str:
        """Name under which the file is published; "" where that name says nothing."""
        is_telling = self.backbone in RESNETS
        return PurePosixPath(self.sources[0].url).name if is_telling else ""

    @property
    def sha256(self) -> str:
        """A published hash or the beginning of one, "" if the tables have none."""
        return next((source.sha256 for source in self.sources if source.sha256), "")


@lru_cache(maxsize=1)
def supported_backbones() -> tuple[str, ...]:
    """Return every backbone name that `build_clip` takes."""
    names = [TINY]
    for name in open_clip.list_models():
        try:
            clip_config(name)
        except CheckpointError:
            continue
        names.append(name)
    return tuple(names)


def known_weights() -> tuple[Pretrained, ...]:
    """Return what is published for the supported backbones, recommended ones first.

    Weights that need the quick GELU appear under the "-quickgelu" backbone only, weights
    that want other picture statistics than CLIP's or have no hash to check not at all.
    """
    found = [
        Pretrained(backbone, tag, sources)
        for backbone, tag in open_clip.list_pretrained()
        if backbone in supported_backbones() and not tag.startswith(_ABLATIONS)
        if (sources := _sources(backbone, open_clip.get_pretrained_cfg(backbone, tag)))
    ]
    found += resnet_weights()
    found.sort(key=lambda p: _FIRST.index(p.backbone) if p.backbone in _FIRST else len(_FIRST))
    return tuple(found)


def resnet_weights() -> list[Pretrained]:
    """Return what torchvision knows for the ResNets; its file names carry 8 digits of the hash."""
    return [
        Pretrained(name, one.name, (Source(one.url, Path(one.url).stem.rpartition("-")[2]),))
        for name in RESNETS
        for one in get_model_weights(name)
    ]


def _sources(backbone: str, entry: dict[str, Any]) -> tuple[Source, ...]:
    wants_quick = bool(entry.get("quick_gelu"))
    if wants_quick != bool(clip_config(backbone).get("quick_gelu")):
        return ()
    if tuple(entry.get("mean") or CLIP_MEAN) != CLIP_MEAN:
        return ()
    sources = _hub_sources(entry.get("hf_hub") or "")
    url = entry.get("url") or ""
    if sha256 := _sha256_in(url):
        sources.append(Source(url, sha256))
    return tuple(sources)


def _hub_sources(place: str) -> list[Source]:
    """Return the hub's addresses of "owner/repository/[file]", safetensors first."""
    if not place:
        return []
    repository, _, file = place.rpartition("/")
    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"
    files = [file] if file else [HF_SAFE_WEIGHTS_NAME, HF_WEIGHTS_NAME]
    return [Source(f"{endpoint}/{repository}/resolve/main/{name}", "") for name in files]


def _sha256_in(url: str) -> str:
    """Return the hash that an address carries: OpenAI's in the folder, open_clip's in the name."""
    parts = PurePosixPath(url).parts
    if "openaipublic" in url and len(parts) > 2:
        candidate = parts[-2]
    elif "mlfoundations" in url:
        candidate = Path(parts[-1]).stem.rpartition("-")[2]
    else:
        return ""
    is_hash = len(candidate) in (8, 64) and all(c in "0123456789abcdef" for c in candidate)
    return candidate if is_hash else ""
