"""The benchmark's task in langgraph: a graph of two nodes written by hand, the leanest form it has.

No checkpointer, no chat model class, no ToolNode: with those a step costs about half as much again. The
recursion limit is lifted.
"""

import json
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, MessagesState, StateGraph

DISTRIBUTION = "langgraph"


async def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def ask(state: MessagesState) -> dict[str, Any]:
    """A model that reads its step from the last message, and how many there are from the first."""
    messages = state["messages"]
    last = getattr(messages[-1], "tool_call_id", "")
    step = int(last[5:]) + 1 if last else 0
    text, calls = f"done {step}", []
    if step < int(str(messages[0].content)):
        arguments = json.loads(f'{{"a":{step},"b":1}}')
        text, calls = "", [{"name": "add", "args": arguments, "id": f"call_{step}"}]
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    return {"messages": [AIMessage(text, tool_calls=calls, usage_metadata=usage)]}


async def act(state: MessagesState) -> dict[str, Any]:
    """The node of the tool."""
    calls = state["messages"][-1].tool_calls
    return {"messages": [ToolMessage(str(await add(**call["args"])), tool_call_id=call["id"]) for call in calls]}


def after(state: MessagesState) -> str:
    """Where to go once the model has spoken."""
    return "act" if state["messages"][-1].tool_calls else END


def graph() -> Any:
    """Ask, then act for as long as there are calls."""
    builder = StateGraph(MessagesState)
    builder.add_node("ask", ask)
    builder.add_node("act", act)
    builder.add_edge(START, "ask")
    builder.add_conditional_edges("ask", after, {"act": "act", END: END})
    builder.add_edge("act", "ask")
    return builder.compile()


GRAPH = graph()


async def run(steps: int) -> str:
    """One run of so many calls of the tool; what the model said last."""
    state = await GRAPH.ainvoke({"messages": [HumanMessage(str(steps))]}, {"recursion_limit": 10**9})
    return str(state["messages"][-1].content)
