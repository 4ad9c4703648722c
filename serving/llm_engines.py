"""What runs a troubleshooter: Transformers inside this process, or vLLM as a process of its own.

Both answer a :class:`~sparkwright.diagnosis.prompt.Prompt` greedily inside the same grammar, from the same token ids.
"""

import contextlib
import json
import logging
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal, Protocol

import httpx
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer

from serving.processes import die_with_parent
from sparkwright.diagnosis.decoding import MAX_ANSWER_TOKENS, Decoder, encode_chat
from sparkwright.diagnosis.prompt import Prompt
from sparkwright.diagnosis.version import ADAPTER, base_of, read_version, tokenizer_of
from sparkwright.errors import EngineError, reason

EngineName = Literal["transformers", "vllm"]

_START_LIMIT_S = 600.0
_STOP_LIMIT_S = 10.0
_LORA_NAME = "troubleshooter"

logger = logging.getLogger("bentoml.sparkwright.llm")


class RunningEngine(Protocol):
    """An engine that holds memory or a process until it is closed."""

    def complete(self, prompt: Prompt) -> str:
        """The model's raw answer.

        Raises:
            EngineError: There is no answer, or none in time.
        """
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


def load_engine(name: EngineName, folder: Path, limit_s: float) -> RunningEngine:
    """The engine over the version in ``folder``, ready to answer.

    Args:
        name: Which engine.
        folder: Of a downloaded troubleshooter version.
        limit_s: Longest time for one answer.

    Raises:
        EngineError: The model cannot be loaded.
        RegistryError: The folder is no troubleshooter.
    """
    return VllmEngine(folder, limit_s) if name == "vllm" else TransformersEngine(folder, limit_s)


class TransformersEngine:
    """The model in this process, its adapter merged into the weights; on a GPU where there is one."""

    def __init__(self, folder: Path, limit_s: float) -> None:
        import torch
        from peft import PeftModel

        version = read_version(folder)
        gpu = torch.cuda.is_available()
        try:
            tokenizer = AutoTokenizer.from_pretrained(tokenizer_of(folder, version))
            base = AutoModelForCausalLM.from_pretrained(
                base_of(folder, version), dtype=torch.bfloat16 if gpu else torch.float32
            )
            tuned = PeftModel.from_pretrained(base.to("cuda" if gpu else "cpu"), folder / ADAPTER)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise EngineError(f"the troubleshooter in {folder} cannot be loaded: {reason(error)}") from error
        self._decoder = Decoder(tuned.merge_and_unload(), tokenizer, version.prompt_tokens, limit_s)

    def complete(self, prompt: Prompt) -> str:
        """The model's raw answer.

        Raises:
            EngineError: It was not finished within the limit.
        """
        return self._decoder.complete(prompt)

    def close(self) -> None:
        """Nothing: the memory goes with the object."""


class VllmEngine:
    """vLLM's OpenAI server as a child process on a free port of 127.0.0.1, with the adapter as its LoRA module."""

    def __init__(self, folder: Path, limit_s: float) -> None:
        version = read_version(folder)
        self._max_prompt_tokens = version.prompt_tokens
        tokenizer_folder = tokenizer_of(folder, version)
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder)
            rank = int(json.loads((folder / ADAPTER / "adapter_config.json").read_text(encoding="utf-8"))["r"])
        except (OSError, ValueError, KeyError) as error:
            raise EngineError(f"the troubleshooter in {folder} cannot be loaded: {reason(error)}") from error
        port = _free_port()
        command = [
            *(sys.executable, "-m", "vllm.entrypoints.openai.api_server"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--model", base_of(folder, version), "--tokenizer", str(tokenizer_folder)),
            *("--served-model-name", "base"),
            *("--max-model-len", str(version.prompt_tokens + MAX_ANSWER_TOKENS)),
            *("--enable-lora", "--lora-modules", f"{_LORA_NAME}={folder / ADAPTER}"),
            *("--max-lora-rank", str(_allowed_rank(rank))),
            # Whitespace can only be forbidden for the whole server; weak models loop in it.
            *("--structured-outputs-config", json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})),
            # Compiling pays off after thousands of answers; a troubleshooter gives few.
            "--enforce-eager",
            "--no-enable-log-requests",
        ]
        environment = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_NO_USAGE_STATS": "1", **os.environ}
        self._process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=None, preexec_fn=die_with_parent
        )
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=limit_s)
        try:
            self._wait_until_ready()
        except BaseException:
            self.close()
            raise

    def complete(self, prompt: Prompt) -> str:
        """The model's raw answer.

        Raises:
            EngineError: vLLM did not answer within the limit, refused, or died.
        """
        try:
            answer = self._client.post(
                "/v1/completions",
                json={
                    "model": _LORA_NAME,
                    # Token ids, because only here is it known which control tokens are the template's own.
                    "prompt": encode_chat(self._tokenizer, prompt.messages, self._max_prompt_tokens),
                    "max_tokens": MAX_ANSWER_TOKENS,
                    "temperature": 0,
                    "structured_outputs": {"json": prompt.answer_schema},
                },
            )
            answer.raise_for_status()
            choice = answer.json()["choices"][0]
        except (httpx.HTTPError, ValueError, KeyError, IndexError) as error:
            raise EngineError(f"vLLM gave no answer: {type(error).__name__} {error}") from error
        if choice["finish_reason"] != "stop":
            raise EngineError(f"the model had no whole answer after {MAX_ANSWER_TOKENS} tokens")
        return str(choice["text"])

    def close(self) -> None:
        """Stop the server and wait for its end."""
        self._client.close()
        self._process.terminate()
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise EngineError(
                    f"vLLM ended with code {self._process.returncode} while it started; see its log above"
                )
            with contextlib.suppress(httpx.TransportError):
                if self._client.get("/health").status_code == httpx.codes.OK:
                    return
            time.sleep(0.5)
        raise EngineError(f"vLLM was not ready after {_START_LIMIT_S:.0f} s")


def _allowed_rank(rank: int) -> int:
    """The least rank that vLLM 0.32 can be told which holds an adapter of this rank."""
    return next(allowed for allowed in (1, 8, 16, 32, 64, 128, 256, 320, 512) if allowed >= rank)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
