"""The benchmark's task in agent-framework-core: its leanest agent, without middleware and telemetry.

The fake client has the layer that calls tools and nothing else of a real one; the limit of 40 rounds is lifted.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from agent_framework import (
    BaseChatClient,
    ChatResponse,
    Content,
    FunctionInvocationLayer,
    Message,
    RawAgent,
    UsageDetails,
    tool,
)

DISTRIBUTION = "agent-framework-core"


@tool(approval_mode="never_require")
async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


class Fake(FunctionInvocationLayer, BaseChatClient):
    """A model that reads its step from the last message, and how many there are from the first."""

    async def _inner_get_response(
        self, *, messages: Sequence[Message], stream: bool, options: Mapping[str, Any], **_: Any
    ) -> ChatResponse:
        last = messages[-1].contents[-1].call_id
        step = int(last[5:]) + 1 if last else 0
        if step < int(messages[0].contents[0].text or ""):
            said = Content.from_function_call(f"call_{step}", "add", arguments=f'{{"a":{step},"b":1}}')
        else:
            said = Content.from_text(f"done {step}")
        usage = UsageDetails(input_token_count=10, output_token_count=5)
        return ChatResponse(messages=[Message("assistant", [said])], usage_details=usage)


AGENT = RawAgent(client=Fake(function_invocation_configuration={"max_iterations": 10**9}), tools=[add])


async def run(steps: int) -> str:
    """One run of so many calls of the tool; what the model said last."""
    response = await AGENT.run(str(steps))
    return response.text
