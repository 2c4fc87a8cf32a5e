from __future__ import annotations

import tqdm

# The exporter shows its progress by tqdm, whose watching thread would outlive the test.
tqdm.tqdm.monitor_interval = 0
