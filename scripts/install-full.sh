#!/usr/bin/env bash
# What `make test-full` needs beyond Python packages: Chromium to open pages, LibreOffice to open workbooks, Chinese fonts,
# docker-compose to check the deployment file, PostgreSQL and Redis for workers in a cluster (these two alone, and nothing
# else: `install-full.sh servers`). Debian packages, installed only when missing.
set -euo pipefail

declare -A package_of=([redis-server]=redis-server [initdb]=postgresql)
if [[ "${1:-}" != servers ]]; then
  package_of+=([chromium]=chromium [soffice]=libreoffice-calc-nogui [docker-compose]=docker-compose [fc-list]=fontconfig)
fi
PATH="$PATH:$(printf '%s:' /usr/lib/postgresql/*/bin)"  # Debian keeps a server's programs beside its version
missing=()
for command in "${!package_of[@]}"; do
  command -v "$command" >/dev/null 2>&1 || missing+=("${package_of[$command]}")
done
if [[ "${1:-}" != servers ]] && ! { command -v fc-list >/dev/null 2>&1 && fc-list :lang=zh | grep -q .; }; then
  missing+=(fonts-noto-cjk)
fi

if ((${#missing[@]} == 0)); then
  echo "install-full: everything needed is installed"
  exit 0
fi
sudo=()
if ((EUID != 0)); then sudo=(sudo); fi
echo "install-full: installing ${missing[*]} (a few minutes)"
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
