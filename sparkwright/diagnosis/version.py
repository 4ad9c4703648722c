"""The folder of one registered troubleshooter: what is in it, and how it wants to be asked."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sparkwright.diagnosis.answer import Prefer
from sparkwright.diagnosis.scoring import DiagnosisReport
from sparkwright.errors import RegistryError
from sparkwright.llm.base import base_source

ADAPTER = "adapter"
"""The LoRA weights as peft writes them."""
BASE = "base"
"""The base model's own files, where they travel with the version (the starter); it holds the tokenizer, too."""
TOKENIZER = "tokenizer"
"""The tokenizer of a base that does not travel with the version."""
_FILE = "troubleshooter.json"


class SplitScores(BaseModel):
    """Rules and model on the same cases."""

    model_config = ConfigDict(frozen=True)

    model: DiagnosisReport
    rules: DiagnosisReport


class TroubleshooterVersion(BaseModel):
    """What inference needs to know about a version, and how it scored when it was made.

    Attributes:
        form: ``choice``: it says how likely each name of a cause is; ``json``: it wrote its answer, until 2026-11.
        base_model: ``smollm2-135m-instruct``, kept in the home, a Hugging Face id or path, or ``base`` for the folder
            that travels with the version.
        prompt_chars: Bound on the facts in a prompt, as in training.
        prompt_tokens: Bound on the whole prompt, as in training.
        prefer: Whose word counts where model and rules both have one, from the validation cases only.
        scores: By split and origin of the cases: ``validation``, ``test``, ``test_lab``, ...
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Literal["json", "choice"] = "json"
    base_model: str
    prompt_chars: int = Field(gt=0)
    prompt_tokens: int = Field(gt=0)
    prefer: Prefer
    scores: dict[str, SplitScores]

    def write(self, folder: Path) -> None:
        """Write this description into the version's folder."""
        (folder / _FILE).write_text(self.model_dump_json(indent=2), encoding="utf-8")


def read_version(folder: Path) -> TroubleshooterVersion:
    """The description in the folder of a downloaded version.

    Raises:
        RegistryError: The folder is no troubleshooter.
    """
    try:
        return TroubleshooterVersion.model_validate_json((folder / _FILE).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise RegistryError(f"expected the {_FILE} of a troubleshooter in {folder}: {error}") from error


def base_of(folder: Path, version: TroubleshooterVersion, home: Path) -> str:
    """What to load the base model from: the folder inside the version, one of the home, or the id it names.

    Raises:
        MissingProgramError: It is the packaged base, which was not converted here, and its package is not installed.
        ConfigError: The packaged base is not whole.
    """
    return str(folder / BASE) if version.base_model == BASE else base_source(version.base_model, home)


def tokenizer_of(folder: Path, version: TroubleshooterVersion) -> Path:
    """The folder to load the tokenizer from."""
    return folder / (BASE if version.base_model == BASE else TOKENIZER)
