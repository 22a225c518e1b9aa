"""The log: one JSON object a line, and nothing in it that a stranger or a form sent."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from typing import Any

import pytest
from gunicorn.config import Config

from traceapp.serving.log import JsonLogger, hide_stamps, only_the_authors_words, tell_traceback

CODE = "01TVSMAHHXGX2CC5MTKK"


def test_the_log_holds_no_stamp() -> None:
    event = {
        "event": f"Exception on /S/{CODE} [GET]",
        "exception": f"Traceback: look at {CODE[:5]}-{CODE[5:10]}-{CODE[10:15]}-{CODE[15:]}, "
        f"/01/08938500000010/21/{CODE.lower()}?x=1",
        "serial": 7,
    }
    told = hide_stamps(None, "", event)
    assert told["event"] == "Exception on /S/… [GET]"
    assert told["exception"] == "Traceback: look at …, /01/…?x=1"
    assert told["serial"] == 7


def test_the_servers_own_messages_hold_nothing_that_strangers_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    logger = JsonLogger(Config())
    with caplog.at_level(logging.WARNING):
        logger.warning(f"Invalid request from ip=203.0.113.9: /S/{CODE}")
        logger.exception("Error handling request %s %s", "GET", f"/S/{CODE}")
    assert [record.getMessage() for record in caplog.records] == [
        "Invalid request",
        "Error handling request",
    ]


@pytest.mark.parametrize(
    ("said", "given", "told"),
    [
        ("Worker (pid:%s) was sent %s!", (812, "SIGKILL"), "Worker (pid:812) was sent …!"),
        ("ratelimit %s (%s) exceeded", ("3000", "203.0.113.9"), "ratelimit … (…) exceeded"),
        ("%(who)s did it", {"who": "bà Lành"}, "%(who)s did it"),
        ("wrong number of places %s", (1, 2), "wrong number of places %s"),
        ("no place", (), "no place"),
    ],
)
def test_of_a_librarys_line_the_words_and_the_numbers_are_kept(
    said: str, given: Any, told: str
) -> None:
    record = logging.LogRecord("library", logging.INFO, "file.py", 1, said, (), None)
    event = {"event": said, "positional_args": given, "_record": record}
    kept = only_the_authors_words(None, "", event)
    assert kept["event"] == told
    assert kept["logger"] == "library"


def _broken(secret: str) -> BaseException:
    try:
        try:
            int(secret)
        except ValueError as cause:
            raise KeyError(secret) from cause
    except KeyError as error:
        return error
    raise AssertionError


def test_a_traceback_tells_places_and_kinds_and_no_values() -> None:
    told = tell_traceback(None, "", {"exc_info": _broken("mật khẩu")})
    assert told["error"] == "KeyError"
    assert "mật khẩu" not in told["exception"]
    first, last = told["exception"].index("ValueError"), told["exception"].index("KeyError")
    assert first < last and "test_log.py" in told["exception"]


def test_a_traceback_tells_what_the_system_said() -> None:
    told = tell_traceback(None, "", {"exc_info": OSError(28, "No space left on device", "/a/path")})
    assert told["exception"].endswith("OSError: No space left on device")


SPEAKS = """
import logging, structlog
from traceapp.attending import tell
from traceapp.serving.log import log_as_json
log_as_json()
tell(request_id="0123456789abcdef", account=7)
structlog.get_logger().info("ours", thing=object())
logging.getLogger("flask-limiter").warning("ratelimit %s exceeded", "203.0.113.9")
try:
    int("mật khẩu")
except ValueError:
    logging.getLogger("other").exception("it broke: %s", "mật khẩu")
"""


def test_every_line_is_an_object_with_its_level_time_and_request() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SPEAKS], capture_output=True, text=True, check=True, timeout=60
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(each["event"], each["level"]) for each in lines] == [
        ("ours", "info"),
        ("ratelimit … exceeded", "warning"),
        ("it broke: …", "error"),
    ]
    for each in lines:
        assert each["time"].endswith("Z")
        assert (each["request_id"], each["account"]) == ("0123456789abcdef", 7)
    assert lines[0]["thing"] == "<object>"
    assert "mật khẩu" not in done.stderr and "203.0.113.9" not in done.stderr
