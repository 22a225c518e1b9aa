"""How one installation is set: environment first, then the TOML file that TRACEAPP_CONFIG names.

An empty variable counts as not set. PORT and HOST, as `make run` and many a platform name them,
stand in for TRACEAPP_PORT and TRACEAPP_HOST where those are not in the environment.

Nothing here opens a database or makes a key; a wrong value stops the start with a sentence that
says what to do.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from limits import parse_many
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from stamps import BadLink, Link

PREFIX = "TRACEAPP_"
_HOST_NAME = re.compile(r"[A-Za-z0-9_.-]*[A-Za-z][A-Za-z0-9_.-]*")
CONFIG = Path(__file__).resolve().parent.parent / "config"


class WrongSetting(Exception):
    """A setting cannot be used; the text says which one and what to write instead."""


class Settings(BaseSettings):
    """Every setting of the service. Each one has its line in the README."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: Path = Path("data")
    database_url: SecretStr = SecretStr("")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    base_url: str = ""
    demo: bool | None = None
    workers: Annotated[int, Field(ge=1, le=64)] = Field(default_factory=lambda: os.cpu_count() or 1)
    threads: Annotated[int, Field(ge=1, le=64)] = 8
    trusted_proxies: Annotated[int, Field(ge=0, le=5)] = 0
    rate_limit_enabled: bool = True
    api_rate_limit: str = "3000 per minute"
    preview_rate_limit: str = "240 per minute"
    hotline: str = ""
    metrics_token: SecretStr = SecretStr("")

    stamp_keys: SecretStr = SecretStr("")
    hidden_keys: SecretStr = SecretStr("")
    session_keys: SecretStr = SecretStr("")

    sign_in_hours: Annotated[int, Field(ge=1, le=168)] = 12
    remember_days: Annotated[int, Field(ge=1, le=365)] = 30
    invitation_days: Annotated[int, Field(ge=1, le=60)] = 14
    undo_days: Annotated[int, Field(ge=0, le=90)] = 10
    picture_megabytes: Annotated[int, Field(ge=1, le=50)] = 12

    spoilage_percent: Annotated[int, Field(ge=0, le=50)] = 5
    test_runs_per_day: Annotated[int, Field(ge=0, le=1000)] = 5
    redraw_days: Annotated[int, Field(ge=1, le=60)] = 3
    roll_limit: Annotated[int, Field(ge=1, le=100_000_000)] = 1_000_000
    hidden_tries_per_minute: Annotated[int, Field(ge=1, le=1000)] = 10
    wrong_codes_of_source: Annotated[int, Field(ge=10, le=100_000)] = 300
    wrong_codes_brake: Annotated[int, Field(ge=10, le=10_000_000)] = 1000
    session_minutes: Annotated[int, Field(ge=1, le=1440)] = 30
    forged_kept_per_hour: Annotated[int, Field(ge=0, le=100_000)] = 60

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        sources = [init_settings, env_settings]
        if named := os.environ.get(f"{PREFIX}CONFIG"):
            sources.append(TomlConfigSettingsSource(settings_cls, Path(named)))
        return tuple(sources)

    @field_validator("database_url")
    @classmethod
    def _is_a_database_of_ours(cls, given: SecretStr) -> SecretStr:
        text = given.get_secret_value()
        if not text:
            return given
        try:
            backend = make_url(text).get_backend_name()
        except (SQLAlchemyError, ValueError):
            backend = ""
        if backend not in ("sqlite", "postgresql"):
            raise ValueError("write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
        return given

    @field_validator("metrics_token")
    @classmethod
    def _is_hard_to_guess(cls, given: SecretStr) -> SecretStr:
        if given and not re.fullmatch(r"[!-~]{16,200}", given.get_secret_value()):
            raise ValueError("write 16 letters and digits or more, without spaces")
        return given

    @field_validator("api_rate_limit", "preview_rate_limit")
    @classmethod
    def _is_a_rate(cls, given: str) -> str:
        try:
            parse_many(given)
        except ValueError:
            raise ValueError("write a rate such as 1200 per minute") from None
        return given

    @model_validator(mode="after")
    def _base_url_is_an_origin(self) -> Self:
        url = self.base_url or f"http://localhost:{self.port}"
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("base_url must be an origin such as https://tem.example.vn")
        if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("base_url must have no path, no sign-in and no question mark")
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
        try:
            Link(origin)
        except BadLink as bad:
            raise ValueError(f"base_url cannot be printed on stamps: {bad}") from None
        object.__setattr__(self, "base_url", origin)
        return self

    @property
    def demonstration(self) -> bool:
        """Demonstration mode: said by TRACEAPP_DEMO, else by the mark `traceapp demo` left."""
        return self.demonstration_mark.exists() if self.demo is None else self.demo

    @property
    def demonstration_mark(self) -> Path:
        return self.data_dir / "demonstration"

    @property
    def url(self) -> str:
        """The database's URL; the embedded database where none is set."""
        given = self.database_url.get_secret_value()
        return given or f"sqlite:///{self.data_dir / 'traceapp.db'}"

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")


def read_settings(**given: Any) -> Settings:
    """Settings from the environment and the TOML file; `given` wins over both.

    Raises WrongSetting with one sentence for each value that cannot be used.
    """
    named = os.environ.get(f"{PREFIX}CONFIG")
    if named:
        _refuse_unknown(Path(named))
    try:
        return Settings(**_unprefixed(given), **given)
    except ValidationError as error:
        said = [
            f"{PREFIX}{'.'.join(str(part) for part in each['loc']).upper()}: {each['msg']}"
            if each["loc"]
            else f"{PREFIX}BASE_URL: {each['msg']}"
            for each in error.errors(include_input=False, include_url=False)
        ]
        raise WrongSetting("; ".join(said)) from None


def _unprefixed(given: Mapping[str, Any]) -> dict[str, Any]:
    """What PORT and HOST say, where neither `given` nor our own variables do. Raises WrongSetting.

    Shells and compilers put the machine's own name in HOST, and nobody asked to serve on that: of
    names, `localhost` alone is taken from there. TRACEAPP_HOST takes any name.
    """
    found: dict[str, Any] = {}
    for name in ("port", "host"):
        text = os.environ.get(name.upper(), "")
        if not text or name in given or os.environ.get(f"{PREFIX}{name.upper()}"):
            continue
        if name == "port":
            if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
                raise WrongSetting("PORT: write a number from 1 to 65535")
            found[name] = int(text)
        elif _is_address(text):
            found[name] = text
        elif not _HOST_NAME.fullmatch(text):
            raise WrongSetting(
                f"HOST: write an address such as 127.0.0.1 or 0.0.0.0; {PREFIX}HOST takes names"
            )
    return found


def _is_address(text: str) -> bool:
    if text == "localhost":
        return True
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _refuse_unknown(file: Path) -> None:
    """Refuse a TOML file that cannot be read, or that sets what nobody will read."""
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise WrongSetting(f"{PREFIX}CONFIG: cannot read {file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongSetting(f"{PREFIX}CONFIG: {file} is not TOML: {error}") from None
    unknown = sorted(set(table) - set(Settings.model_fields))
    if unknown:
        raise WrongSetting(f"{PREFIX}CONFIG: {file} sets {', '.join(unknown)}, which is unknown")
