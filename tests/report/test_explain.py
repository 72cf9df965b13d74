"""What `explain` prints about a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from gitiam.catalog import catalog
from gitiam.findings import Location
from gitiam.load.bundles import parse_bundle
from gitiam.models import Bundle, Step
from gitiam.report.explain import WIDTH, bundle_as_json, bundle_as_text
from gitiam.shipped import templates_dir


class FakeSource:
    """A file that is not there."""

    path = "templates/bundles/test.yaml"
    text = ""

    def place(self, *steps: Step) -> Location:
        return Location(self.path)

    def place_of_key(self, *steps: Step) -> Location:
        return Location(self.path)

    def place_of_entry(self, *steps: Step) -> Location | None:
        return None


def read(text: str, name: str) -> Bundle:
    return parse_bundle(name, yaml.load(text, Loader=yaml.CBaseLoader), FakeSource())  # noqa: S506


FILES = sorted((templates_dir() / "bundles").glob("*.yaml"))
SMALL = """
description: Do as one likes with a queue.
resources:
  queue: {arn: "arn:{partition}:sqs:{region}:{account}:{name}", description: the queue}
  key:
    arn: "arn:{partition}:kms:{region}:{account}:key/{id}"
    description: its key
    optional: true
parameters:
  tag: {description: "a tag, such as red.", pattern: "red|blue"}
  other: {description: something, pattern: "[0-9]*", default: ""}
statements:
  - actions: ["sqs:SendMess*", sqs:GetQueueUrl]
    resources: ["{queue}"]
  - actions: [kms:Decrypt]
    resources: ["{key}"]
    conditions: {StringEquals: {"aws:PrincipalTag/colour": ["{tag}", "x{other}"]}}
    why: messages may be encrypted
  - actions: [sqs:ListQueues]
    resources: ["*"]
    console: true
    why: the console lists queues
"""

EXPECTED = """\
small
  Do as one likes with a queue.

TAKES
  queue  the queue
         arn:aws:sqs:us-east-1:111122223333:orders
  key    its key (may be left out)
         arn:aws:kms:us-east-1:111122223333:key/1a2b3c4d-5678-90ab-cdef-11111EXAMPLE
  tag    parameter, must be given: a tag, such as red.
         matches red|blue
  other  parameter, may be left out: something
         matches [0-9]*

GIVES
  sqs:SendMessage  write
  sqs:GetQueueUrl  read
    on   {queue}

  kms:Decrypt      write
    on   {key}
    if   aws:PrincipalTag/colour StringEquals {tag} or x{other}
    why  messages may be encrypted

AND FOR THE CONSOLE
  sqs:ListQueues   read
    on   * (any resource)
    why  the console lists queues

A GRANT TO PASTE
  grants:
    - bundle: small
      resources:
        - arn:aws:sqs:us-east-1:111122223333:orders
      parameters:
        tag: red
"""


def test_the_text_is_as_people_read_it() -> None:
    assert bundle_as_text(read(SMALL, "small"), catalog()) == EXPECTED


def test_the_json_holds_everything() -> None:
    shown = bundle_as_json(read(SMALL, "small"), catalog())
    assert json.loads(json.dumps(shown)) == shown
    assert [kind["optional"] for kind in shown["resources"]] == [False, True]
    assert [parameter["default"] for parameter in shown["parameters"]] == [None, ""]
    send, decrypt, listing = shown["statements"]
    assert send["actions"] == [
        {"action": "sqs:SendMessage", "access_level": "write"},
        {"action": "sqs:GetQueueUrl", "access_level": "read"},
    ]
    assert decrypt["conditions"] == {
        "StringEquals": {"aws:PrincipalTag/colour": ["{tag}", "x{other}"]}
    }
    assert listing["console"] is True and listing["why"] == "the console lists queues"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_bundle_reads_well(file: Path) -> None:
    bundle = read(file.read_text(encoding="utf-8"), file.stem)
    text = bundle_as_text(bundle, catalog())
    for statement in bundle.statements:
        for action in statement.actions:
            assert f"  {action} " in text
    assert "unknown" not in text and "<" not in text.split("A GRANT TO PASTE")[1]
    too_long = [line for line in text.splitlines() if len(line) > WIDTH and "arn:" not in line]
    assert not too_long
    assert not any(line != line.rstrip() for line in text.splitlines())


def test_unknown_actions_are_said_to_be_unknown() -> None:
    bundle = read(SMALL.replace("sqs:GetQueueUrl", "sqs:Teleport"), "small")
    assert "sqs:Teleport     unknown" in bundle_as_text(bundle, catalog())
