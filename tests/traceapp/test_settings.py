"""Settings: from the environment first, then from the TOML file; a wrong one stops the start."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from traceapp.settings import Settings, WrongSetting, read_settings


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("TRACEAPP_") or name in ("HOST", "PORT"):
            monkeypatch.delenv(name)


WRONG = [
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "eighty"),
    ("DEMO", "maybe"),
    ("WORKERS", "0"),
    ("WORKERS", "65"),
    ("THREADS", "0"),
    ("TRUSTED_PROXIES", "-1"),
    ("TRUSTED_PROXIES", "6"),
    ("RATE_LIMIT_ENABLED", "perhaps"),
    ("API_RATE_LIMIT", "lots"),
    ("PREVIEW_RATE_LIMIT", "lots"),
    ("SPOILAGE_PERCENT", "51"),
    ("SPOILAGE_PERCENT", "-1"),
    ("SPOILAGE_PERCENT", "2.5"),
    ("ROLL_LIMIT", "0"),
    ("HIDDEN_TRIES_PER_MINUTE", "0"),
    ("SESSION_MINUTES", "0"),
    ("FORGED_KEPT_PER_HOUR", "-1"),
    ("METRICS_TOKEN", "geheim"),
    ("METRICS_TOKEN", "geheim with some blanks"),
    ("METRICS_TOKEN", "geheimgeheimgehéim"),
    ("DATABASE_URL", "mysql://u:geheim@h/d"),
    ("DATABASE_URL", "postgres://u:geheim@h/d"),
    ("DATABASE_URL", "geheim"),
    ("DATABASE_URL", "postgresql://u:geheim@h:port/d"),
    ("BASE_URL", "tem.example.vn"),
    ("BASE_URL", "ftp://tem.example.vn"),
    ("BASE_URL", "https://"),
    ("BASE_URL", "https://tem.example.vn/tem"),
    ("BASE_URL", "https://tem.example.vn/?a=1"),
    ("BASE_URL", "https://tem.example.vn#a"),
    ("BASE_URL", "https://geheim@tem.example.vn"),
    ("BASE_URL", "https://tem..example.vn"),
    ("BASE_URL", "https://-tem.example.vn"),
    ("BASE_URL", "https://tem_.example.vn"),
    ("BASE_URL", "https://tém.example.vn"),
    ("BASE_URL", "https://tem.example.vn:0"),
    ("BASE_URL", "https://tem.example.vn:65536"),
    ("BASE_URL", "https://tem.example.vn:８０"),
    ("BASE_URL", "https://[::1]"),
    ("BASE_URL", "http://[::1"),
    ("BASE_URL", "https://" + "a" * 31),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"TRACEAPP_{name}", value)
    with pytest.raises(WrongSetting, match=rf"TRACEAPP_{name}: \S+") as caught:
        read_settings()
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://tem.example.vn", "https://tem.example.vn"),
        ("https://tem.example.vn/", "https://tem.example.vn"),
        ("https://tem.example.vn\n", "https://tem.example.vn"),
        ("HTTPS://Tem.Example.VN", "https://tem.example.vn"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://" + "a" * 30, "https://" + "a" * 30),
        ("http://127.0.0.1:65535", "http://127.0.0.1:65535"),
        ("", "http://localhost:8000"),
    ],
)
def test_an_origin_is_kept_in_one_form(
    monkeypatch: pytest.MonkeyPatch, given: str, kept: str
) -> None:
    monkeypatch.setenv("TRACEAPP_BASE_URL", given)
    found = read_settings()
    assert found.base_url == kept and found.secure == kept.startswith("https://")


def test_the_origin_of_a_start_without_settings_has_its_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRACEAPP_PORT", "8123")
    assert read_settings().base_url == "http://localhost:8123"


@pytest.mark.parametrize("name", ["CONFIG", *(name.upper() for name in Settings.model_fields)])
def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    unset = read_settings()
    monkeypatch.setenv(f"TRACEAPP_{name}", "")
    assert read_settings() == unset


@pytest.mark.parametrize(
    ("host", "served"),
    [
        ("0.0.0.0", "0.0.0.0"),
        ("::1", "::1"),
        ("localhost", "localhost"),
        ("", "127.0.0.1"),
        ("my-laptop.lan", "127.0.0.1"),  # some shells export this
        ("x86_64-conda-linux-gnu", "127.0.0.1"),  # and some compilers
    ],
)
def test_plain_names_stand_in_for_ours(
    monkeypatch: pytest.MonkeyPatch, host: str, served: str
) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("HOST", host)
    found = read_settings()
    assert (found.host, found.port, found.base_url) == (served, 8123, "http://localhost:8123")


def test_plain_names_stand_between_ours_and_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(tmp_path, 'port = 9000\nhost = "127.0.0.2"\n', monkeypatch)
    assert (read_settings().host, read_settings().port) == ("127.0.0.2", 9000)
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("HOST", "127.0.0.3")
    assert (read_settings().host, read_settings().port) == ("127.0.0.3", 9001)
    monkeypatch.setenv("TRACEAPP_PORT", "9002")
    monkeypatch.setenv("TRACEAPP_HOST", "my-laptop.lan")
    assert (read_settings().host, read_settings().port) == ("my-laptop.lan", 9002)
    assert read_settings(port=9003).port == 9003


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", value) for value in ("0", "65536", "many", "-1", "80.0", "８０", "tcp://h:80")),
        *(("HOST", value) for value in ("300.1.1.1", "127.0.0.1:80", "http://h", "a b", "*")),
    ],
)
def test_a_wrong_plain_name_is_refused_where_it_counts(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting, match=rf"^{name}: write"):
        read_settings()
    monkeypatch.setenv(f"TRACEAPP_{name}", "8001" if name == "PORT" else "127.0.0.1")
    read_settings()


def test_every_wrong_value_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEAPP_PORT", "0")
    monkeypatch.setenv("TRACEAPP_WORKERS", "0")
    with pytest.raises(WrongSetting, match=r"TRACEAPP_PORT.*; TRACEAPP_WORKERS"):
        read_settings()


def write(folder: Path, text: str | bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = folder / "traceapp.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.setenv("TRACEAPP_CONFIG", str(file))
    return file


def test_a_file_sets_what_the_environment_does_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write(tmp_path, 'port = 9000\nhotline = "1900 1234"\nspoilage_percent = 3\n', monkeypatch)
    monkeypatch.setenv("TRACEAPP_PORT", "9001")
    found = read_settings(spoilage_percent=7)
    assert (found.port, found.hotline, found.spoilage_percent) == (9001, "1900 1234", 7)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 9000\n", "prot"),
        ("[server]\nport = 1\n", "server"),
        ("port = \n", "not TOML"),
        (b"port = \xff\n", "not TOML"),
        ("port = 0\n", "TRACEAPP_PORT"),
        ('base_url = "https://tem.example.vn/x"\n', "TRACEAPP_BASE_URL"),
        ("hotline = 19001234\n", "TRACEAPP_HOTLINE"),
    ],
)
def test_a_wrong_file_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | bytes, says: str
) -> None:
    write(tmp_path, text, monkeypatch)
    with pytest.raises(WrongSetting, match=says):
        read_settings()


def test_a_file_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for missing in (tmp_path / "none.toml", tmp_path):
        monkeypatch.setenv("TRACEAPP_CONFIG", str(missing))
        with pytest.raises(WrongSetting, match="TRACEAPP_CONFIG: cannot read"):
            read_settings()


def test_secrets_are_not_shown() -> None:
    given = Settings(
        database_url="postgresql://u:geheim@h/d", stamp_keys="ab" * 32, hidden_keys="cd" * 32
    )
    for shown in (repr(given), str(given), repr(given.model_dump()), given.model_dump_json()):
        assert "geheim" not in shown and "abab" not in shown and "cdcd" not in shown
    assert given.url == "postgresql://u:geheim@h/d"


def test_the_embedded_database_lies_in_the_data_directory(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).url == f"sqlite:///{tmp_path / 'traceapp.db'}"


def test_demonstration_mode_is_said_or_marked_and_off_otherwise(tmp_path: Path) -> None:
    assert not Settings(data_dir=tmp_path).demonstration
    (tmp_path / "demonstration").touch()
    assert Settings(data_dir=tmp_path).demonstration
    assert not Settings(data_dir=tmp_path, demo=False).demonstration
    (tmp_path / "demonstration").unlink()
    assert Settings(data_dir=tmp_path, demo=True).demonstration


def test_settings_do_not_change_while_the_service_runs(tmp_path: Path) -> None:
    given = Settings(data_dir=tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        given.port = 1
