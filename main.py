"""Entry point of the AD-CLIP Station."""

import os
import sys

# Idle OpenMP threads must not spin: camera, window and database want the cores, and a second
# program on them would slow this one down tenfold. It is read when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

try:
    # `checkpoint` opens no window, and says of most bad files what is wrong without torch.
    if sys.argv[1:2] != ["checkpoint"]:
        # On Windows torch cannot be loaded after PyQt5 (WinError 1114), so it comes first.
        import torch  # noqa: F401  # isort: skip

    from app.entry import main
except KeyboardInterrupt:  # loading takes seconds, in which one may think better of it
    sys.stderr.write("interrupted\n")
    sys.exit(3)

if __name__ == "__main__":
    sys.exit(main())
