#!/bin/sh
# Installs the system libraries of PyQt5 and OpenCV (argument: run) and the servers that the
# tests talk to (argument: test). As root on Debian or Ubuntu it installs them; otherwise it
# prints the line to run. Elsewhere it does nothing.
set -eu
run="python3-venv libgl1 libglib2.0-0 libfontconfig1 libdbus-1-3 libxcb-icccm4 libxcb-image0
 libxcb-keysyms1 libxcb-render-util0 libxcb-shape0 libxcb-xinerama0 libxcb-xkb1
 libxkbcommon-x11-0 fonts-nanum"
test="xvfb xauth openbox postgresql python3-gi gir1.2-gst-rtsp-server-1.0
 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly"
wanted=$run
[ "${1:-run}" = test ] && wanted="$run $test"

command -v dpkg-query >/dev/null 2>&1 || exit 0
missing=""
for name in $wanted; do
  state=$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null || true)
  # Newer Debian and Ubuntu releases carry some libraries under a name with a t64 suffix.
  [ "$state" = installed ] || state=$(dpkg-query -W -f='${db:Status-Status}' "${name}t64" 2>/dev/null || true)
  [ "$state" = installed ] || missing="$missing $name"
done
# A Python that already makes virtual environments needs no Debian package for it.
if python3 -c 'import ensurepip, venv' 2>/dev/null; then
  missing=$(echo "$missing" | sed 's/ python3-venv//')
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  echo "installing:$missing"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # shellcheck disable=SC2086  # the list is words on purpose
  apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "These system packages are missing; the station may not start without them:" >&2
  echo "  sudo apt-get install -y --no-install-recommends$missing" >&2
fi
