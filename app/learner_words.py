"""Every way that a detector can learn, in words, and what each takes; imports no model."""

from __future__ import annotations

from dataclasses import dataclass

from app.i18n import N_


@dataclass(frozen=True, slots=True)
class LearnerWords:
    """One way of learning, for people.

    Attributes:
        name: In `model.learners.LEARNERS`.
        text: Its name, English source text.
        what: What it does, what it is good for and how long it takes, English source text.
        fewest_good: Good pictures that it learns from at least.
        needs_defects: Whether it learns from labelled defects.
    """

    name: str
    text: str
    what: str
    fewest_good: int = 4
    needs_defects: bool = False


LEARNER_WORDS: dict[str, LearnerWords] = {
    one.name: one
    for one in (
        LearnerWords(
            "few_shot_clip",
            N_("Memory of good parts"),
            N_("Remembers what good parts look like. About a minute. Start with this one."),
        ),
        LearnerWords(
            "painted_clip",
            N_("Memory and painted defects"),
            N_(
                "Also trains on defects that the program paints onto the good pictures: finer "
                "edges and small defects. Some minutes."
            ),
        ),
        LearnerWords(
            "patchcore",
            N_("PatchCore"),
            N_(
                "A memory of places of good parts and the distance to it. For parts that always "
                "look alike, on stations without a graphics card. A few minutes."
            ),
        ),
        LearnerWords(
            "cfa",
            N_("CFA"),
            N_(
                "Like PatchCore, but fits the features to the product first and keeps a small "
                "memory. Some minutes."
            ),
        ),
        LearnerWords(
            "msflow",
            N_("MSFlow"),
            N_(
                "Learns how likely every place of a good part is, coarse and fine. For textures "
                "and many good pictures. Some minutes."
            ),
        ),
        LearnerWords(
            "efficient_ad",
            N_("EfficientAD"),
            N_(
                "A small network learns to foresee what another one sees on good parts. For fast "
                "lines, also for parts in a wrong place. Ten minutes and more."
            ),
        ),
        LearnerWords(
            "classifier",
            N_("Classifier"),
            N_(
                "Learns your own defects by name from labelled pictures. Knows no other defect; "
                "its heatmap explains, it does not measure."
            ),
            needs_defects=True,
        ),
    )
}
