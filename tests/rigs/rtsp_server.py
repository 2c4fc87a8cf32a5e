"""An RTSP camera on loopback that shows a ball moving before red, by GStreamer.

Run it with Debian's own Python, which has the bindings:
`/usr/bin/python3 tests/rigs/rtsp_server.py --port 0 [--codec jpeg|h264]`.
Needs gir1.2-gst-rtsp-server-1.0, python3-gi, gstreamer1.0-plugins-base, -good (and -ugly for
H.264). Exits with 3 if something is missing; prints the address of its stream otherwise.
"""

from __future__ import annotations

import argparse
import sys

try:
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer
except (ImportError, ValueError) as error:
    sys.stderr.write(f"no RTSP server here: {error}\n")
    sys.exit(3)

CODECS = {
    "jpeg": "jpegenc quality=85 ! rtpjpegpay name=pay0 pt=26",
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=20 "
    "! rtph264pay name=pay0 pt=96 config-interval=1",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--codec", choices=CODECS, default="h264")
    options = parser.parse_args()
    Gst.init(None)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_shared(True)
    picture = "video/x-raw,format=I420,width=640,height=480,framerate=20/1"
    pattern = "videotestsrc is-live=true pattern=ball background-color=0xffff0000"
    factory.set_launch(f"( {pattern} ! {picture} ! {CODECS[options.codec]} )")
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(options.port)
    server.get_mount_points().add_factory("/cam", factory)
    server.attach(None)
    sys.stdout.write(f"rtsp://127.0.0.1:{server.get_bound_port()}/cam\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
