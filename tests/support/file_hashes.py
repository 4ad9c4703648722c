"""What the files of a folder hold, to see that nothing touched them."""

import hashlib
from pathlib import Path


def file_hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file, by its path below ``folder``."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
