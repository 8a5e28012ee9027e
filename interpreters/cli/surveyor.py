"""The scripted model of the demo: it plays a model that surveys a folder, as a host would plug one in.

Law: it knows nothing but the request. Every number and every quote in its answer stands in a tool's result in
`request.messages`; what the tools left out is said, and so is what isn't there.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from executus.values import Finish, Message, ModelReply, ToolCall
from interpreters.ports import ModelRequest

LARGEST, LANGUAGES, MARKDOWN, OPENED = "largest", "languages", "markdown", "opened"
"""What the calls are named, so that their results are found again."""

MOST_FILES = 5
MOST_LANGUAGES = 8
MOST_READ = 3
MOST_LINES = 200

_PLAIN_KEYS = ("path", "files", "lines", "bytes", "shown", "cut", "matching files", "matching lines")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_UNDERLINE = re.compile(r" {0,3}=+[ \t]*")
_FENCE = re.compile(r" {0,3}(```|~~~)")


class Told(NamedTuple):
    """A tool's result taken apart: its head of `key: value` lines, its data lines, or what went wrong."""

    head: dict[str, str]
    lines: tuple[str, ...]
    problem: str = ""


_NOTHING = Told({}, ())


def surveyor(request: ModelRequest) -> ModelReply:
    """First look around, then read what looks promising, then answer."""
    told = {message.call_id: _told(message) for message in request.messages if message.role == "tool"}
    if not told:
        return _look_around()
    wanted = _worth_reading(told)
    if wanted and not any(call_id.startswith("read") or call_id == OPENED for call_id in told):
        return _asking(*wanted)
    return ModelReply("\n".join(_answer(told, request.messages)))


def _look_around() -> ModelReply:
    """Three questions that don't wait for each other, in one reply."""
    return _asking(
        _call(LARGEST, "list_files", recursive=True, sort="size", limit=MOST_FILES),
        _call(LANGUAGES, "count_lines"),
        _call(MARKDOWN, "list_files", pattern="*.[mM][dD]", recursive=True, limit=2000),
    )


def _worth_reading(told: dict[str, Told]) -> list[ToolCall]:
    """The largest file, for its lines; and the readme, or whichever markdown file is nearest."""
    paths = [path for _, path in _rows(told.get(LARGEST, _NOTHING))][:1]
    wanted = [_call(OPENED, "read_file", path=path, limit=1) for path in paths]
    documents = sorted((path for _, path in _rows(told.get(MARKDOWN, _NOTHING))), key=_promise)
    for number, path in enumerate(documents[:MOST_READ], 1):
        wanted.append(_call(f"read-{number}", "read_file", path=path, limit=MOST_LINES))
    return wanted


def _promise(path: str) -> tuple[int, bool, str]:
    name = path.rpartition("/")[2].lower()
    return path.count("/"), not name.startswith("readme"), path


def _answer(told: dict[str, Told], messages: Sequence[Message]) -> Iterator[str]:
    yield from _files(told.get(LARGEST, _NOTHING), told.get(OPENED))
    yield ""
    yield from _languages(told.get(LANGUAGES, _NOTHING))
    yield ""
    yield from _quote(told, messages)
    left_out = dict.fromkeys(_left_out(told.get(LARGEST, _NOTHING), told.get(LANGUAGES, _NOTHING)))
    if left_out:
        yield ""
        yield "Left out:"
        yield from (f"  {note}" for note in left_out)


def _files(listed: Told, opened: Told | None) -> Iterator[str]:
    if listed.problem:
        yield f"The files can't be listed: {listed.problem}"
        return
    rows = _rows(listed)
    if not rows:
        yield "There are no files."
        return
    found = _many(listed.head["files"], "file")
    yield f"The largest of {found} ({_many(listed.head['bytes'], 'byte')} in all):"
    width = max(len(size) for size, _ in rows)
    for size, path in rows:
        yield f"  {size:>{width}} bytes  {path}"
    if opened is not None and "lines" in opened.head:
        yield f"  The first of them has {_many(opened.head['lines'], 'line')}."
    elif opened is not None:
        yield f"  The first of them is {opened.problem or 'binary'}."


def _languages(counted: Told) -> Iterator[str]:
    if counted.problem:
        yield f"The lines can't be counted: {counted.problem}"
        return
    rows = [row for row in (line.split("\t") for line in counted.lines) if len(row) == 4]
    if not rows:
        yield "There are no lines to count."
        return
    texts = _many(counted.head["files"], "text file")
    yield f"Lines by language ({_many(counted.head['lines'], 'line')} in {texts}):"
    for lines, files, _, language in rows[:MOST_LANGUAGES]:
        yield f"  {lines:>{len(rows[0][0])}}  {language} ({_many(files, 'file')})"
    if len(rows) > MOST_LANGUAGES:
        yield f"  and {len(rows) - MOST_LANGUAGES} more languages"


def _quote(told: dict[str, Told], messages: Sequence[Message]) -> Iterator[str]:
    """The first heading of the documents that were read."""
    paths = _paths(messages)
    read = [call_id for call_id in told if call_id.startswith("read")]
    for call_id in read:
        for number, heading in _headings(told[call_id].lines):
            yield f"A heading, line {number} of {paths[call_id]}:"
            yield f"  “{heading}”"
            return
    documents = told.get(MARKDOWN, _NOTHING)
    if documents.problem:
        yield f"No heading to quote: {documents.problem}"
    elif read:
        yield f"No heading to quote: none in {', '.join(paths[call_id] for call_id in read)}."
    else:
        yield "No heading to quote: there is no markdown file."


def _headings(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Line number and text of each heading, `# so` or underlined with =, but not of comments in fenced code."""
    fence, above = "", ("", "")
    for line in lines:
        number, _, text = line.partition("\t")
        marked = _FENCE.match(text)
        if marked and fence in ("", marked[1]):
            fence = "" if fence else marked[1]
        heading = None if fence else _HEADING.fullmatch(text)
        if heading and (words := _without_closing(heading[1])):
            yield number, words
        elif not fence and above[1] and _UNDERLINE.fullmatch(text):
            yield above
        above = (number, text.strip())


def _without_closing(heading: str) -> str:
    """`Title ##` is `Title`; the closing marks count only behind a blank."""
    words = heading.strip()
    bare = words.rstrip("#")
    return bare.rstrip() if bare[-1:] in ("", " ", "\t") else words


def _left_out(*results: Told) -> Iterator[str]:
    for result in results:
        yield from (f"{key}: {value}" for key, value in result.head.items() if key not in _PLAIN_KEYS)


def _many(count: str, thing: str) -> str:
    return f"{count} {thing}{'' if count == '1' else 's'}"


def _told(message: Message) -> Told:
    if message.is_error:
        return Told({}, (), message.text)
    head, _, body = message.text.partition("\n\n")
    pairs = (line.partition(": ") for line in head.splitlines())
    return Told({key: value for key, _, value in pairs}, tuple(body.split("\n")) if body else ())


def _rows(listed: Told) -> list[tuple[str, str]]:
    """Size and path of each file."""
    rows = [line.partition("\t") for line in listed.lines]
    return [(size, path) for size, _, path in rows if size.isdecimal()]


def _paths(messages: Iterable[Message]) -> dict[str, str]:
    """What each call was to read."""
    calls = [call for message in messages for call in message.calls]
    return {call.call_id: str(json.loads(call.arguments).get("path", ".")) for call in calls}


def _asking(*calls: ToolCall) -> ModelReply:
    return ModelReply(calls=calls, finish=Finish.TOOL_CALLS)


def _call(call_id: str, name: str, **arguments: object) -> ToolCall:
    return ToolCall(call_id, name, json.dumps(arguments, ensure_ascii=False, separators=(",", ":")))
