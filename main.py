"""Entry point of the AD-CLIP Station."""

# On Windows torch cannot be loaded after PyQt5 (WinError 1114), so it comes first.
import torch  # noqa: F401  # isort: skip

import sys

from app.application import main

if __name__ == "__main__":
    sys.exit(main())
