"""The AsyncAPI document says what the table of topics and the models say."""

import json
from collections.abc import Iterator
from typing import Any

from domain.facts.messages import OUTSIDE
from infra.http.asyncapi import document
from streams.cluster.topics import INBOUND_KINDS, ON_ANY_TOPIC, TOPICS


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "$ref":
                yield each
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def test_every_reference_leads_somewhere() -> None:
    found = document()
    for reference in references(found):
        place: Any = found
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def test_every_topic_is_a_channel_with_an_operation() -> None:
    found = document()
    assert {channel["address"] for channel in found["channels"].values()} == {topic.name for topic in TOPICS}
    used = {operation["channel"]["$ref"].rpartition("/")[2] for operation in found["operations"].values()}
    assert used == found["channels"].keys()


def test_every_kind_a_source_may_send_has_a_topic() -> None:
    assert {data.KIND for data in OUTSIDE} == {*INBOUND_KINDS, *ON_ANY_TOPIC}


def test_the_document_is_plain_json() -> None:
    assert json.loads(json.dumps(document())) == document()
