"""F1 and AUROC of the demo line from the station's own output.

python main.py --headless --source sim:seed=2026,fps=0 --count 500 --json | \
    python docs/demo_figures.py
"""

from __future__ import annotations

import json
import sys

import numpy as np
from sklearn.metrics import f1_score, roc_auc_score


def main() -> int:
    """Read records from stdin, print one JSON object."""
    lines = [json.loads(line) for line in sys.stdin]
    truth = np.array([line["truth"] == "ng" for line in lines])
    called = np.array([line["verdict"] != "OK" for line in lines])
    scores = np.array([line["score"] for line in lines], dtype=float)
    figures = {
        "images": len(lines),
        "defective": int(truth.sum()),
        "f1": float(f1_score(truth, called)),
        "image_auroc": float(roc_auc_score(truth, scores)),
        "false_calls": int((called & ~truth).sum()),
        "escapes": int((~called & truth).sum()),
        "model_ms_median": float(np.median([line["latency_ms"]["model"] for line in lines])),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
