"""The CEL engine without its command line: the package imports that along with itself, and the terminal library it
needs takes a twentieth of a server's start."""

import sys
from types import ModuleType

_COMMAND_LINE = "cel.cli"
_is_elsewhere = _COMMAND_LINE in sys.modules
if not _is_elsewhere:
    sys.modules[_COMMAND_LINE] = ModuleType(_COMMAND_LINE)
import cel  # noqa: E402  # after what stands in for its command line

if not _is_elsewhere:
    del sys.modules[_COMMAND_LINE]

__all__ = ["cel"]
