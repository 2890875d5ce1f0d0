"""The settings' file: TOML, a key for each setting, named as its flag."""

import tomllib
from pathlib import Path

from tsdbserver.settings.table import SETTINGS, nearest

_BY_NAME = {setting.name: setting for setting in SETTINGS}


def read_settings_file(path: Path) -> dict[str, str]:
    """The texts of the settings that the file gives, by name, each read once to see that it is right.

    ValueError names the file, and the key and value if it is about one.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise ValueError(f"{path}: {error}") from None
    return {key: _checked(path, key, value) for key, value in content.items()}


def _checked(path: Path, key: str, value: object) -> str:
    if key not in _BY_NAME:
        raise ValueError(f"{path}: there is no setting '{key}': {nearest(key, _BY_NAME)}")
    try:
        text = _text(value)
        _BY_NAME[key].read(text)
    except ValueError as error:
        raise ValueError(f"{path}: {key}: {error}") from None
    return text


def _text(value: object) -> str:
    """A value as it would stand behind the flag; a list is one with commas."""
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case list() if all(isinstance(item, str) for item in value):
            return ",".join(value)
    raise ValueError(f"{value!r} is neither a text, a whole number nor a list of texts")
