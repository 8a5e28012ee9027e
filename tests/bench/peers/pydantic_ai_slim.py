"""The benchmark's task in pydantic-ai: its own FunctionModel as the fake, the limit of 50 requests lifted."""

from pydantic_ai import Agent, UsageLimits
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.usage import RequestUsage

DISTRIBUTION = "pydantic-ai-slim"


async def ask(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
    """A model that reads its step from the last message, and how many there are from the first."""
    last = messages[-1].parts[-1]
    step = int(last.tool_call_id[5:]) + 1 if isinstance(last, ToolReturnPart) else 0
    said: ToolCallPart | TextPart = TextPart(f"done {step}")
    if step < int(str(messages[0].parts[-1].content)):
        said = ToolCallPart("add", f'{{"a":{step},"b":1}}', f"call_{step}")
    return ModelResponse([said], usage=RequestUsage(input_tokens=10, output_tokens=5))


async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


AGENT = Agent(FunctionModel(ask))
AGENT.tool_plain(add)


async def run(steps: int) -> str:
    """One run of so many calls of the tool; what the model said last."""
    result = await AGENT.run(str(steps), usage_limits=UsageLimits(request_limit=None))
    return result.output
