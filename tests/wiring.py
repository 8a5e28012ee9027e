"""How the ports of a scenario are put together: which handlers it wires, and what is wrong with the others."""

from datetime import timedelta
from typing import Any, cast

from interpreters.handlers import Handlers
from interpreters.lanes import Lanes
from interpreters.ports import Tool
from specs.scenario import Scenario
from tests.attending import (
    CompactorPort,
    DeliveryPort,
    FilesPort,
    ObserverPort,
    PalettePort,
    SessionPort,
    finalizer,
)
from tests.hosting import ApproverPort, AuditPort, BudgetPort, CheckpointPort, CriticPort, Host
from tests.serving import ModelPort, PlayedTool


def slots(host: Host, model: ModelPort) -> dict[str, Any]:
    """The arguments of Handlers, but for the models."""
    scenario = host.scenario
    tools = [(script.of, PlayedTool(host, script)) for script in scenario.tools]
    session = [tool for of, tool in tools if of == "session"]
    wired: dict[str, Any] = {
        "budget": BudgetPort(host) if scenario.budget is not None else None,
        "lanes": {name: lane.width for name, lane in (scenario.lanes or {}).items()} or None,
        "audit": AuditPort(host) if scenario.has("audit") else None,
        "checkpoints": CheckpointPort(host) if scenario.has("checkpoints") else None,
        "critic": CriticPort(host) if scenario.has("critic") else None,
        "palette": PalettePort(host, model) if scenario.children is not None else None,
        "delivery": DeliveryPort(host) if scenario.has("delivery") else None,
        "input_files": FilesPort(host) if scenario.has("input_files") else None,
        "compactor": CompactorPort(host) if scenario.compactor is not None else None,
        "approver": ApproverPort(host) if scenario.approvals is not None else None,
        "session": SessionPort(host, session) if has_session(scenario) else None,
        "on_step": ObserverPort(host) if scenario.has("on_step") else None,
        "finalizers": [finalizer(host, name) for name in scenario.finalizers],
    }
    return wired | {
        "tools": [tool for of, tool in tools if of != "session"],
        "system_header": scenario.system_header,
        "defaults": scenario.defaults,
    }


def has_session(part: Scenario) -> bool:
    return part.has("session") or any(tool.of == "session" for tool in part.tools)


def delays(part: Scenario) -> dict[Any, timedelta | None]:
    """How slow the toolbox is, where no session is opened that could be slow: None = for ever."""
    found: dict[Any, timedelta | None] = {}
    for trouble in part.trouble if not has_session(part) else ():
        if trouble.port == "BuildToolbox":
            key: Any = (trouble.port, trouble.call) if trouble.call else trouble.port
            found[key] = None if trouble.hangs else trouble.takes
    return found


def set_up(handlers: Handlers, host: Host) -> None:
    """What isn't a slot of its own: lanes that are full, a registry that raises."""
    cast(Any, handlers).lanes = FullLanes(handlers.lanes, host)
    for trouble in host.scenario.trouble if not has_session(host.scenario) else ():
        if trouble.port == "BuildToolbox" and trouble.raises is not None:
            handlers.tools = Closed(trouble.raises)


class FullLanes:
    """The lanes of the host, in which others hold the places for a while."""

    def __init__(self, lanes: Lanes, host: Host) -> None:
        self._lanes, self._host = lanes, host
        self.names, self.release = lanes.names, lanes.release
        self._full = {name: lane.free_after for name, lane in (host.scenario.lanes or {}).items()}

    async def acquire(self, name: str) -> None:
        await self._host.pause(self._full.pop(name, timedelta()))
        await self._host.meet("AcquireLane")
        await self._lanes.acquire(name)


class Closed(dict[str, Tool]):
    """A registry that can't be looked into."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self._why = why

    def __getitem__(self, name: str) -> Tool:
        raise RuntimeError(self._why)

    def get(self, *_: Any) -> Any:
        raise RuntimeError(self._why)

    def __contains__(self, name: object) -> bool:
        raise RuntimeError(self._why)
