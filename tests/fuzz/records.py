"""Laws of the transcript reader: whatever the bytes are, they are one run or one fault, and nothing in between.

`transcript` is a file as it is; `bodies` is a file whose lines become entries of a chain that fits, so that the
fuzzer gets behind the chain.
"""

import json

from returns.pipeline import is_successful

from executus.codec import Chain, Header, end_line, header_line
from executus.reading import decode
from executus.rules.status import Status
from executus.transcript import Recorder, Transcript
from interpreters.replay import Replay, ReplayError
from tests.fuzz.saying import is_one_line, must_be_one_line

LONGEST = 4000
"""Characters of a fault: what is quoted in it is bounded."""


def transcript(data: bytes) -> None:
    """A file is read wholly or not at all, and what is read is written and read again."""
    read = decode(data)
    if not is_successful(read):
        fault = str(read.failure())
        assert is_one_line(fault, LONGEST), fault
        assert fault.startswith(("corrupt: ", "unsupported: ")), fault
        return
    past = read.unwrap()
    again = b"".join(line + b"\n" for line in past.lines())
    if again != data:  # A default that is spelled out is left out again: the same run, in its one spelling.
        assert decode(again).unwrap() == past
    told(past)


def bodies(data: bytes) -> None:
    """The same of lines that no chain protects: an attacker can write a chain as well, and an end that fits."""
    lines = [line for line in data.split(b"\n") if line.endswith(b"}")]
    file = chained(lines, None)
    transcript(file)
    read = decode(file)
    if is_successful(read):
        transcript(chained(lines, Recorder.over(read.unwrap()).transcript.status))


def chained(lines: list[bytes], status: Status | None) -> bytes:
    """A file of these bodies, under the run id that the first of them names."""
    head = header_line(Header(_run_id(lines)))
    chain = Chain(head)
    entries = [chain.link(line) for line in lines]
    return b"\n".join([head, *entries, end_line(chain, status), b""])


def _run_id(lines: list[bytes]) -> str:
    try:
        return str(json.loads(lines[0])["event"]["run_id"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return "fuzzed"


def told(past: Transcript) -> None:
    """What can be read can be told, decided again and replayed, or says why not."""
    assert str(past)
    past.divergence()
    try:
        Replay(past).run()
    except ReplayError as error:
        must_be_one_line(str(error), 10 * LONGEST)
