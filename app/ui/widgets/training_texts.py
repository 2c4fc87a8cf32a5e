"""What the fields of the training form are called and what they mean."""

from __future__ import annotations

from app.i18n import N_

FIELDS: dict[str, tuple[str, str]] = {
    "name": (N_("Name of the new checkpoint"), N_("It appears under this name in the list.")),
    "source": (N_("Learn from"), ""),
    "folder": (
        N_("Folder with the pictures"),
        N_("Subfolders train/good, test/good and test/NAME OF DEFECT, or ok and ng."),
    ),
    "product": (
        N_("Product"),
        N_("All its reviewed parts are exported first; a third of the good ones is kept to test."),
    ),
    "machine_masks": (
        "",
        N_("Where nobody drew a defect, what the machine marked counts as its place."),
    ),
    "recipe": (N_("Way to train"), ""),
    "choices": (
        N_("Choices of the detector"),
        N_("Left empty, as usual. Several are separated by commas."),
    ),
    "good": (
        N_("Good pictures to learn from"),
        N_("The others stay for the test. More pictures take longer."),
    ),
    "defective": (
        N_("Defective pictures to learn from"),
        N_("Keep some for the test: a checkpoint is only known by pictures it has not seen."),
    ),
    "epochs": (
        N_("Epochs at most"),
        N_("One epoch shows every picture once. The best epoch is kept, not the last."),
    ),
    "minutes": (
        N_("Minutes at most"),
        N_("The training ends after this time with the best epoch so far."),
    ),
    "start": (
        N_("Start from"),
        N_("A checkpoint that already knows defects learns faster than one from nothing."),
    ),
    "seed": (
        N_("Seed"),
        N_("The same number draws the same pictures again, so that runs can be compared."),
    ),
    "keep_every": (
        N_("Keep every … epochs"),
        N_("Each kept epoch is a file that can be tried later; left empty, 50 files at most."),
    ),
    "backbone": (
        N_("Backbone"),
        N_("Only for a start from nothing: the picture network, for example adclip-tiny."),
    ),
    "learning_rate": (
        N_("Learning rate"),
        N_("How far one step changes the weights. Too high forgets, too low learns nothing."),
    ),
    "batch_size": (N_("Pictures per step"), N_("More are steadier and need more memory.")),
    "patience": (
        N_("Stop after … epochs without a better one"),
        N_("0 trains to the end in any case."),
    ),
    "validation": (
        N_("Share for choosing the best epoch"),
        N_("So much of the pictures is not learned from, 0 to 0.9; 0 takes the last epoch."),
    ),
    "image_size": (
        N_("Image side, px"),
        N_("Larger shows finer defects and is slower. Another size than the start's begins anew."),
    ),
    "paint": (N_("Paint defects onto good pictures"), N_("Helps where few real defects exist.")),
    "augments": ("", N_("Slightly shifted, turned and brighter copies; also of good parts.")),
    "flip": ("", N_("Tick if a mirrored part would be a wrong part.")),
    "rotation": ("", N_("Tick if a turned part would be a wrong part.")),
    "colour": ("", N_("Tick if another colour would be a defect.")),
    "unfreeze": (
        N_("Blocks of the backbone that train too"),
        N_("0 is safe. More learns finer things, needs many pictures and makes larger files."),
    ),
    "members": (
        N_("Detectors that judge together"),
        N_("4 are steadier than one, but train four times as long. Left empty, one alone."),
    ),
    "device": (N_("Runs on"), N_("The graphics card is much faster but is shared with the line.")),
}
"""Field -> name and explanation, English source texts; "" where the field says it itself."""

TICKS: dict[str, str] = {
    "machine_masks": N_("Use the machine's marks too"),
    "augments": N_("Vary the pictures"),
    "flip": N_("Never mirror them"),
    "rotation": N_("Never turn them"),
    "colour": N_("Never change their colour"),
}
"""Field -> what stands beside its tick."""

MAIN = (
    "name", "source", "folder", "product", "machine_masks", "recipe", "choices", "good",
    "defective", "epochs", "minutes", "start", "seed",
)  # fmt: skip
ADVANCED = (
    "keep_every", "validation", "patience", "learning_rate", "batch_size", "image_size", "paint",
    "augments", "flip", "rotation", "colour", "backbone", "unfreeze", "members",
    "device",
)  # fmt: skip

TAUGHT = ("name", "recipe", "choices", "good", "defective", "seed", "device")
"""Fields that a detector has which is taught; of the source's fields those of the source."""

ALL_OF_THEM = N_("all there are")
AS_USUAL = N_("as usual")
NO_LIMIT = N_("no limit")
