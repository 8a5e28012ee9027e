"""The tools of one run, and how its model calls are set up: long, fixed, and written down as a checksum."""

from zlib import crc32

from executus.agent import ModelSettings
from executus.buffer import Sealed
from executus.canonical import encode
from executus.values import ToolClass, ToolSpec

FEW = 8
"""So many tools are looked through faster than a table of them is made, and kept, for every run."""


class Toolbox(Sealed):
    """The tools a run may use, in the order its model sees them."""

    __slots__ = ("_by_name", "_sum", "has_serial", "is_plain", "specs")

    def __init__(self, specs: tuple[ToolSpec, ...] = ()) -> None:
        self.specs = specs
        self.has_serial = any(spec.serial for spec in specs)
        self.is_plain = not any(map(_takes_more, specs))
        """Whether running a call takes no more than running its tool."""
        self._by_name = {spec.name: spec for spec in specs} if len(specs) > FEW else None
        self._sum: int | None = None

    def find(self, name: str) -> ToolSpec | None:
        """The tool of exactly this name."""
        if self._by_name is not None:
            return self._by_name.get(name)
        for spec in self.specs:
            if spec.name == name:
                return spec
        return None

    def seal(self) -> int:
        if self._sum is None:
            self._sum = crc32(encode(self.specs))
        return self._sum

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Toolbox):
            return NotImplemented
        return self.specs == other.specs

    def __hash__(self) -> int:
        return hash(self.specs)

    def __repr__(self) -> str:
        return f"<tools: {', '.join([spec.name for spec in self.specs]) or 'none'}>"


def _takes_more(spec: ToolSpec) -> bool:
    """May a call wait, lapse, or be asked more than once?"""
    is_asked_again = spec.reconcile or spec.effect is ToolClass.KEYED
    return is_asked_again or bool(spec.timeout) or spec.needs_approval or bool(spec.delegate)


NO_TOOLS = Toolbox()
NO_SETTINGS = ModelSettings()


class Setup(Sealed):
    """What stays the same from one model call to the next: the model, its tools, the settings."""

    __slots__ = ("_sum", "model", "settings", "toolbox")

    def __init__(self, model: str, toolbox: Toolbox = NO_TOOLS, settings: ModelSettings = NO_SETTINGS) -> None:
        self.model = model
        self.toolbox = toolbox
        self.settings = settings
        self._sum: int | None = None

    def seal(self) -> int:
        if self._sum is None:
            self._sum = crc32(encode((self.model, self.toolbox.seal(), self.settings)))
        return self._sum

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Setup):
            return NotImplemented
        return (self.model, self.toolbox, self.settings) == (other.model, other.toolbox, other.settings)

    def __hash__(self) -> int:
        return hash((self.model, self.seal()))

    def __repr__(self) -> str:
        return f"<{self.model}, {self.toolbox!r}>"
