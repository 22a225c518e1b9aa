"""What every test may ask for stands in `tests/cast`; here it is said how many databases it met."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

CAST = sorted(file.stem for file in (Path(__file__).parent / "cast").glob("*.py"))
pytest.register_assert_rewrite(*CAST)  # so that what fails there says as much as in a test
pytest_plugins = ["thrift", "installations", "one_of_each", "browsers"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests ran on each database, so that a suite that was left out is seen."""
    passed = terminalreporter.stats.get("passed", [])
    for database in ("sqlite", "postgresql"):
        count = sum(database in report.nodeid.partition("[")[2] for report in passed)
        terminalreporter.write_line(f"passed on {database}: {count}")
    browsers = sum(report.nodeid.startswith("tests/browser/") for report in passed)
    terminalreporter.write_line(f"passed in a real browser: {browsers}")
