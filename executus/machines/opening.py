"""How the conversation opens: system prompt, history, first turn. Here the run's own clock starts."""

from executus.buffer import names, view
from executus.rules import deadlines
from executus.state import Run, Stage, Transition
from executus.toolbox import NO_TOOLS, Setup
from executus.values import Message, replace


def open_conversation(run: Run) -> Transition:
    """The conversation begins once nothing is left to prepare (semantics.md sections 2.7 and 2.8)."""
    if run.pending:
        return run, ()
    preflight = run.preflight
    setup = Setup(preflight.chain[0].model, preflight.toolbox or NO_TOOLS, run.agent.model_settings)
    turns = _opening(run)
    call_ids = names(*dict.fromkeys(call.call_id for turn in turns for call in turn.calls))
    talk = replace(run.talk, conversation=view(*turns), setup=setup, opening=len(turns), call_ids=call_ids)
    armed = deadlines.arm_running(run.now, run.bounds.max_runtime)
    return replace(run, stage=Stage.CONVERSING, began=run.now, deadlines=armed, talk=talk), ()


def _opening(run: Run) -> list[Message]:
    """Blank texts are left out: a run may consist of pictures alone."""
    invocation = run.invocation
    prompts = [text for text in (run.wiring.system_header, run.agent.system_prompt) if text.strip()]
    turns = [Message("system", "\n\n".join(prompts))] if prompts else []
    turns += invocation.history
    text = invocation.prompt if invocation.prompt.strip() else ""
    if text or invocation.images:
        turns.append(Message("user", text, invocation.images))
    return turns
