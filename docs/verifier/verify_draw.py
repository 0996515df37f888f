#!/usr/bin/env python3
"""Compute a spot check 双随机抽查 again: ``python verify_draw.py DRAW.json``.

One file for outsiders, written apart from the monitor on purpose: Python 3.11 is all it needs. It computes, from the
checkpoint and the lists in the file, the digest of the lists, the seed, who is drawn and who inspects. Whether the log
signed the checkpoint, and whether it was published before the lists were made, it does not tell: compare the checkpoint
with one that you, or a witness, kept.
Exit code 0: the draw is the one that follows; 1: it is another; 2: usage.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def computed(told: dict[str, Any]) -> dict[str, Any]:
    """What follows from the checkpoint and the lists."""
    lists = {key: told["lists"][key] for key in ("candidates", "inspectors", "inspectors_each", "size")}
    for names in ([name for name, _ in lists["candidates"]], [name for name, _ in lists["inspectors"]]):
        if names != sorted(set(names)):
            raise ValueError("the lists are not in the order of names, each name once")
    digest = sha(json.dumps(lists, ensure_ascii=False, separators=(",", ":")).encode()).hex()
    body = told["checkpoint"].rpartition("\n\n")[0] + "\n"
    seed = sha(f"tender-monitor spot check v1\n{sha(body.encode()).hex()}\n{digest}\n".encode()).hex()
    used = 0

    def below(limit: int) -> int:
        nonlocal used
        whole_rounds = 2**256 // limit * limit
        while True:
            number = int(sha(f"{seed}:{used}".encode()).hex(), 16)
            used += 1
            if number < whole_rounds:
                return number % limit

    pool = [(name, weight) for name, weight in lists["candidates"]]
    drawn = []
    for _ in range(lists["size"]):
        point = below(sum(weight for _, weight in pool))
        ends = [sum(weight for _, weight in pool[: place + 1]) for place in range(len(pool))]
        drawn.append(pool.pop(next(place for place, end in enumerate(ends) if point < end))[0])
    assignments = []
    for subject in drawn:
        free = [name for name, recused in lists["inspectors"] if subject not in recused]
        out = [name for name, recused in lists["inspectors"] if subject in recused]
        inspectors = [free.pop(below(len(free))) for _ in range(lists["inspectors_each"])]
        assignments.append({"subject": subject, "inspectors": inspectors, "recused": out})
    return {"lists_sha256": digest, "seed": seed, "assignments": assignments}


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write(__doc__ or "")
        return 2
    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    try:
        found = computed(told)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        sys.stdout.write(f"this is no draw: {error}\n")
        return 1
    for key, value in found.items():
        if told[key] != value:
            sys.stdout.write(f"{key} does not follow from the checkpoint and the lists\n")
            return 1
    sys.stdout.write("the draw follows from the checkpoint and the lists\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
