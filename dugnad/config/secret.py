"""A secret key for an installation that was not given one."""

import os
import secrets
from pathlib import Path


def installation_key(data_dir: Path) -> str:
    """The key in `<data_dir>/secret-key`, made with 64 random bytes at the first start, readable by its owner."""
    path = data_dir / "secret-key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        data_dir.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was first
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text().strip()
