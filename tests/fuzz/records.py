"""Laws of the transcript reader: whatever the bytes are, they are one run or one fault, and nothing in between.

`transcript` is a file as it is; `bodies` is a file whose lines become entries of a chain that fits, so that the
fuzzer gets behind the chain.
"""

from returns.pipeline import is_successful

from executus.codec import Chain, Header, end_line, header_line
from executus.reading import decode
from executus.transcript import Transcript
from interpreters.replay import Replay, ReplayError
from tests.fuzz.saying import is_one_line, must_be_one_line

LONGEST = 4000
"""Characters of a fault: what is quoted in it is bounded."""


def transcript(data: bytes) -> None:
    """A file is read wholly or not at all, and what is read is written again byte for byte."""
    read = decode(data)
    if not is_successful(read):
        fault = str(read.failure())
        assert is_one_line(fault, LONGEST), fault
        assert fault.startswith(("corrupt: ", "unsupported: ")), fault
        return
    past = read.unwrap()
    assert b"".join(line + b"\n" for line in past.lines()) == data
    told(past)


def bodies(data: bytes) -> None:
    """The same of lines that no chain protects: an attacker can write a chain as well."""
    lines = [line for line in data.split(b"\n") if line.endswith(b"}")]
    head = header_line(Header("fuzzed"))
    chain = Chain(head)
    entries = [chain.link(line) for line in lines]
    transcript(b"\n".join([head, *entries, end_line(chain, None), b""]))


def told(past: Transcript) -> None:
    """What can be read can be told, decided again and replayed, or says why not."""
    assert str(past)
    past.divergence()
    try:
        Replay(past).run()
    except ReplayError as error:
        must_be_one_line(str(error), 10 * LONGEST)
