"""Services that misbehave."""

from tests.misbehaving_service import closed_port, misbehaving_service

__all__ = ["closed_port", "misbehaving_service"]
