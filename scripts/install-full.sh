#!/usr/bin/env bash
# What `make test-full` needs beyond Python packages: Chromium to open pages, LibreOffice to open workbooks, Chinese fonts,
# docker-compose to check the deployment file. Debian packages, installed only when missing.
set -euo pipefail

declare -A package_of=([chromium]=chromium [soffice]=libreoffice-calc-nogui [docker-compose]=docker-compose [fc-list]=fontconfig)
missing=()
for command in "${!package_of[@]}"; do
  command -v "$command" >/dev/null 2>&1 || missing+=("${package_of[$command]}")
done
if ! { command -v fc-list >/dev/null 2>&1 && fc-list :lang=zh | grep -q .; }; then missing+=(fonts-noto-cjk); fi

if ((${#missing[@]} == 0)); then
  echo "test-full: everything needed is installed"
  exit 0
fi
sudo=()
if ((EUID != 0)); then sudo=(sudo); fi
echo "test-full: installing ${missing[*]} (a few minutes)"
"${sudo[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
