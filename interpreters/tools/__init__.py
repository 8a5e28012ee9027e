"""Tools: functions from their hints and docstrings, registries of them, and read-only file tools.

Importing this is cheap and touches nothing: a docstring is parsed when a tool is made, a folder is opened
when a tool is called.
"""

from interpreters.tools.files import file_tools
from interpreters.tools.function import FunctionTool, tool
from interpreters.tools.registry import Registry, collect, load, select

__all__ = ["FunctionTool", "Registry", "collect", "file_tools", "load", "select", "tool"]
