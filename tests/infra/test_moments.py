"""Moments as people write them: one reader for the command line and for HTTP."""

from datetime import UTC, datetime

import click
import pytest
from pydantic import TypeAdapter, ValidationError

from infra.command_line.options import Moment as MomentOption
from infra.http.parameters import Moment
from infra.moments import NoMoment, read_moment

_QUERY: TypeAdapter[datetime] = TypeAdapter(Moment)
DAY = datetime(2025, 4, 21, 16, tzinfo=UTC)
HALF_PAST_NINE = datetime(2025, 4, 22, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2025-04-22", DAY),
        ("20250422", DAY),
        ("2025-04-22T09:30", HALF_PAST_NINE),
        ("2025-04-22 09:30:00", HALF_PAST_NINE),
        ("2025-04-22T09:30:00+08:00", HALF_PAST_NINE),
        ("2025-04-22T09:30:00 08:00", HALF_PAST_NINE),
        ("2025-04-22t01:30:00z", HALF_PAST_NINE),
        ("2025-04-22T01:30:00.000000Z", HALF_PAST_NINE),
        ("20250422T093000+0800", HALF_PAST_NINE),
        ("1900-01-02", datetime(1900, 1, 1, 16, tzinfo=UTC)),
        ("2199-12-31", datetime(2199, 12, 30, 16, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_alike_on_the_command_line_and_over_http(written: str, moment: datetime) -> None:
    """A day is its first instant in China, and a time without offset is China's; a `+` lost in an address is back."""
    assert read_moment(written) == moment
    assert _QUERY.validate_python(written) == moment
    assert MomentOption().convert(written, None, None) == moment


@pytest.mark.parametrize(
    "written",
    [
        "",
        "0",
        "-1",
        "1745287200",
        "1745287200.5",
        "1745287200000",
        "202504",
        "2025-04",
        "20250431",
        "20251301",
        "2025-04-31",
        "2025-4-22",
        "2025-W17-2",
        "２０２５-04-22",
        "2025-04-22T25:00",
        "2025-04-22T09:30:00+25:00",
        "0001-01-01",
        "0001-01-01T00:00:00+14:00",
        "1899-12-31",
        "2200-01-01",
        "9999-12-31T23:59:59-12:00",
        "yesterday",
    ],
)
def test_what_is_no_moment_is_refused_alike_and_says_how_one_is_written(written: str) -> None:
    """A bare number above all: neither is it seconds since 1970, nor does a misread digit make it a day."""
    with pytest.raises(NoMoment, match="2025-06-18"):
        read_moment(written)
    with pytest.raises(ValidationError, match="2025-06-18"):
        _QUERY.validate_python(written)
    with pytest.raises(click.BadParameter, match="2025-06-18"):
        MomentOption().convert(written, None, None)
