"""The one place that imports cv2.

The opencv-python wheel brings its own Qt and points the process at it when it is imported;
PyQt5 then aborts at start ("xcb ... even though it was found"). The two variables are put
back to what they were before.
"""

from __future__ import annotations

import os

_QT_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")
_before = {name: os.environ.get(name) for name in _QT_VARIABLES}

import cv2

for _name, _value in _before.items():
    if _value is None:
        os.environ.pop(_name, None)
    else:
        os.environ[_name] = _value

__all__ = ["cv2"]
