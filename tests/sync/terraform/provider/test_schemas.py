"""The schema that gitiam brings is the provider's own, and holds what the templates use."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gitiam.config import TerraformConfig
from gitiam.shipped import templates_dir
from gitiam.sync.terraform.provider.protocol import PROTOCOLS, prune
from gitiam.sync.terraform.provider.schemas import PREFIX, shipped_name, shipped_schema
from tools.provider_schema import FOLDER, asked

CONFIG = TerraformConfig()
RESOURCE = re.compile(r'^resource "(\w+)"', re.MULTILINE)


@pytest.mark.terraform
def test_the_provider_says_the_same_of_itself(real_provider: Path) -> None:
    name, schema = asked(CONFIG)
    shipped = shipped_schema(CONFIG, PROTOCOLS[5])
    assert shipped is not None
    assert (FOLDER / name).read_bytes() == schema.text == shipped.text
    assert schema.resources == shipped.resources


def test_every_resource_of_a_template_is_in_it() -> None:
    shipped = shipped_schema(CONFIG, PROTOCOLS[5])
    assert shipped is not None
    texts = [file.read_text() for file in (templates_dir() / "terraform").glob("*.j2")]
    used = {name for text in texts for name in RESOURCE.findall(text)}
    assert len(used) > 10
    assert used <= shipped.resources
    assert prune(shipped.text, PREFIX) == shipped


@pytest.mark.parametrize(
    "config",
    [
        replace(CONFIG, provider_version="5.99.0"),
        replace(CONFIG, provider_version="../../aws-5.100.0"),
        replace(CONFIG, provider_source="registry.terraform.io/hashicorp/other"),
    ],
)
def test_another_provider_has_none(config: TerraformConfig) -> None:
    assert shipped_schema(config, PROTOCOLS[5]) is None


def test_another_protocol_has_none() -> None:
    assert shipped_name(CONFIG, PROTOCOLS[6]) == "aws-5.100.0.tfplugin6"
    assert shipped_schema(CONFIG, PROTOCOLS[6]) is None
