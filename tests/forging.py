"""Files as an attacker would write them: any header, any bodies, any end, with a chain that fits.

The chain is written here once more, from its description (docs/decisions/0003-the-chain.md), not from its code.
"""

import json
from base64 import b64encode
from hashlib import blake2b
from typing import Any

from returns.result import Failure

from executus.reading import TranscriptFault, decode
from executus.result import RunResult
from executus.transcript import Transcript

Json = Any


def fault_in(data: bytes) -> TranscriptFault:
    """The one fault of these bytes."""
    found = decode(data)
    assert isinstance(found, Failure), "this file was read"
    fault = found.failure()
    assert type(fault) is TranscriptFault
    assert fault.message
    return fault


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def file_of(transcript: Transcript | RunResult) -> bytes:
    """The bytes of an honest file."""
    past = transcript.transcript if isinstance(transcript, RunResult) else transcript
    return joined(list(past.lines()))


def header_of(data: bytes) -> bytes:
    return data.split(b"\n")[0]


def bodies_of(data: bytes) -> list[bytes]:
    """What each entry says, without its hash and number."""
    return [line[: line.rfind(b',"hash":"')] + b"}" for line in data.split(b"\n")[1:-2]]


def forged(header: bytes, bodies: list[bytes], status: Json = "ok", **more: Json) -> bytes:
    """A file of exactly these lines, chained anew."""
    head = blake2b(header).digest()
    lines = [header]
    for seq, body in enumerate(bodies):
        head = blake2b(head + blake2b(body).digest()).digest()
        lines.append(body[:-1] + b',"hash":"' + b64encode(head[:6]) + b'","seq":%d}' % seq)
    end = {"count": len(bodies), "status": status} | more
    proof = blake2b(head + canonical([len(bodies), status])).hexdigest()
    end = {"head": proof} | end
    return joined([*lines, canonical(end)])


def canonical(value: Json) -> bytes:
    """JSON as the format writes it: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
