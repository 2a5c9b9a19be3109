"""SQLite as a server wants it: without the locks that it takes, by default, around each of its calls."""

import _sqlite3
import ctypes

_OK = 0
_CONFIG_MULTITHREAD = 2
_CONFIG_MEMSTATUS = 9


def tune() -> bool:
    """Choose SQLite's multi-thread mode, and have it count no memory. Returns whether it could be done.

    In this mode a connection is for one thread at a time (https://www.sqlite.org/threadsafe.html), which the turns of a
    `Store` see to; SQLite then leaves out a mutex of some two thousand calls a transfer. Python opens connections in
    the mode of the library, and offers no other way to choose it. Call it before the process opens a connection: SQLite
    is shut down for the change.
    """
    try:
        library = ctypes.CDLL(_sqlite3.__file__)
        shutdown, configure, initialize = library.sqlite3_shutdown, library.sqlite3_config, library.sqlite3_initialize
    except (OSError, AttributeError):
        return False  # an interpreter that has SQLite built in, or hides it
    configure.argtypes = [ctypes.c_int]  # what follows is variadic
    if shutdown() != _OK:
        return False
    done = configure(_CONFIG_MULTITHREAD) == _OK and configure(_CONFIG_MEMSTATUS, ctypes.c_int(0)) == _OK
    return bool(initialize() == _OK and done)
