"""The engine of a registered troubleshooter: its base and its adapter, run in this process or by vLLM."""

from pathlib import Path
from typing import Literal

from sparkwright.diagnosis.choosing import CauseChooser
from sparkwright.diagnosis.version import ADAPTER, base_of, read_version, tokenizer_of
from sparkwright.errors import ConfigError, EngineError, MissingProgramError
from sparkwright.llm.engine import LanguageModel

EngineName = Literal["transformers", "vllm"]

TUNED = "troubleshooter"
"""Name of the adapter; without one the same engine asks the base."""
_ANSWER_TOKENS = 64


def load_engine(name: EngineName, folder: Path, limit_s: float, home: Path) -> CauseChooser:
    """The engine over the version in ``folder``, ready to answer.

    Args:
        name: Which engine.
        folder: Of a downloaded troubleshooter version.
        limit_s: Longest time for one answer.
        home: Where the packaged base is kept; it is converted first, where it never was.

    Raises:
        EngineError: The model cannot be loaded.
        RegistryError: The folder is no troubleshooter.
    """
    version = read_version(folder)
    if version.form != "choice":
        raise EngineError(
            "the troubleshooter was tuned by an earlier version of Sparkwright, to write what is chosen now: "
            "`sparkwright finetune` makes one anew"
        )
    try:
        base = base_of(folder, version, home)
    except (ConfigError, MissingProgramError) as error:
        raise EngineError(f"the base model of the troubleshooter cannot be had: {error}") from error
    tokenizer, adapters = tokenizer_of(folder, version), {TUNED: folder / ADAPTER}
    model: LanguageModel
    if name == "vllm":
        from sparkwright.llm.vllm_server import VllmModel

        model = VllmModel(
            base,
            adapters,
            max_prompt_tokens=version.prompt_tokens,
            max_answer_tokens=_ANSWER_TOKENS,
            limit_s=limit_s,
            tokenizer=tokenizer,
        )
    else:
        from sparkwright.llm.in_process import load_in_process

        model = load_in_process(
            base, adapters, max_prompt_tokens=version.prompt_tokens, limit_s=limit_s, tokenizer=tokenizer
        )
    return CauseChooser(model, version.prompt_chars, TUNED)
