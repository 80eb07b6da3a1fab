# setup.sh PACKAGE... - install what is missing of these Debian packages. To be sourced.
install_missing() {
  missing=
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
      missing="$missing $package"
  done
  [ -z "$missing" ] && return 0
  sudo=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "Install as root first:$missing" >&2; return 1; }
    sudo=sudo
  fi
  echo "installing:$missing"
  $sudo apt-get update -qq &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
build_packages="cmake ninja-build gcc g++ libc6-dev binutils pkg-config libgccjit-12-dev"
