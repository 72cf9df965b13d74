"""AWS's regions, and the partition that each is in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from gitiam.catalog_sources import data_lines


@cache
def regions() -> Mapping[str, str]:
    """Region → partition."""
    pairs = (line.split() for line in data_lines("regions.txt"))
    return MappingProxyType({region: partition for partition, region in pairs})
