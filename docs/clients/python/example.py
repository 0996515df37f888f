"""Send an opening, read the verdict, hear of the notice, verify the proof.

Run: pip install cloudevents cryptography && python example.py
"""

import base64
import hashlib
import json
import os
import secrets
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cloudevents.core.bindings.http import to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MONITOR = os.environ["MONITOR_URL"]
SOURCE = os.environ["EVENT_SOURCE"]
FEED = {"Authorization": f"Bearer {os.environ['SOURCE_TOKEN']}"}
SUPERVISOR = {"Authorization": f"Bearer {os.environ['SUPERVISOR_TOKEN']}"}
TENDER, PERSON = f"T-{secrets.token_hex(4)}", secrets.token_hex(32)
NOW = datetime.now(UTC)


def call(path: str, headers: dict[str, str], body: bytes | None = None) -> Any:
    request = urllib.request.Request(MONITOR + path, body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer) if "json" in answer.headers["Content-Type"] else answer.read().decode()


def send(kind: str, data: dict[str, Any]) -> Any:
    event = CloudEvent(
        {
            "id": f"{kind}-{TENDER}",
            "source": SOURCE,
            "type": f"tender-integrity.{kind}.v1",
            "time": NOW,
            "datacontenttype": "application/json",
        },
        data,
    )
    message = to_structured(event, JSONFormat())
    body = message.body if isinstance(message.body, bytes) else message.body.encode()
    return call("/api/v1/events", FEED | dict(message.headers), body)


def notices(ready: threading.Event) -> Iterator[dict[str, Any]]:
    """Server-sent events; the first one says from where, so that nothing is missed (Last-Event-ID: its id)."""
    request = urllib.request.Request(f"{MONITOR}/api/v1/notices/stream", headers=SUPERVISOR)
    fields: dict[str, str] = {}
    with urllib.request.urlopen(request, timeout=60) as stream:
        for line in stream:
            name, _, value = line.decode().rstrip("\r\n").partition(": ")
            if name:
                fields[name] = value
            elif fields:
                ready.set()
                if fields.get("event") == "notice":
                    yield json.loads(fields["data"])
                fields = {}


def hear(ready: threading.Event, heard: list[dict[str, Any]]) -> None:
    heard.append(next(one for one in notices(ready) if one["tender_id"] == TENDER))


def root_of(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """RFC 9162 §2.1.3.2."""
    found, last = leaf, size - 1
    for other in hashes:
        if index % 2 or index == last:
            found = hashlib.sha256(b"\1" + other + found).digest()
            while not index % 2 and index:
                index, last = index >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + other).digest()
        index, last = index >> 1, last >> 1
    return found


def checkpoint(key: str) -> tuple[int, bytes]:
    """Size and root, once the signature by ``name+id+key`` holds (C2SP signed-note)."""
    text, _, signatures = call("/api/v1/log/checkpoint", {}).partition("\n\n")
    name, _, encoded = key.split("+", 2)
    (line,) = (one for one in signatures.splitlines() if one.startswith(f"— {name} "))
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded)[1:])
    public.verify(base64.b64decode(line.rpartition(" ")[2])[4:], f"{text}\n".encode())
    _, size, root = text.split("\n")[:3]
    return int(size), base64.b64decode(root)


person = {"person_id": PERSON}
bidder = {"name": "广州宏图建设工程有限公司", "uscc": "91440101MA5000001P"}
payer = {"name": "广州泰和市政工程有限公司"}
month = (NOW.replace(day=1) - timedelta(days=40)).strftime("%Y-%m")
payment = {"person": person, "payer": payer, "month": month, "scheme": "pension", "paid_on": f"{month}-15"}
opening = {
    "tender_id": TENDER,
    "lot_id": "1",
    "project_code": "2506-440100-04-01-100001",
    "title": "测试路改造工程",
    "jurisdiction": "440106",
    "tenderer": {"name": "广州市交通投资集团有限公司", "uscc": "91440101MA5000009G"},
    "opened_at": NOW.isoformat(),
    "bids": [{"bidder": bidder, "lead": {"person": person, "certificate_no": "粤1442020202100001"}}],
}

ready, heard = threading.Event(), list[dict[str, Any]]()
listener = threading.Thread(target=hear, args=(ready, heard), daemon=True)
listener.start()
assert ready.wait(60)

send("insurance-paid", payment)
(verdict,) = send("bid-opened", opening)["verdicts"]
print("verdict:", verdict["verdict"], *verdict["rules"])

listener.join(60)
print("notice:", heard[0]["occasion"], heard[0]["rule"])

clue = call(f"/api/v1/clues/{heard[0]['clue_id']}", SUPERVISOR)
position = clue["facts"][0]["position"]
size, root = checkpoint(os.environ["LOG_KEY"])
proof = call(f"/api/v1/log/proof/inclusion?position={position}&size={size}", {})
hashes = [bytes.fromhex(one) for one in proof["hashes"]]
assert root_of(bytes.fromhex(proof["leaf_hash"]), proof["leaf_index"], size, hashes) == root
print("proof: holds")
