"""What can be wrong with the storage below every sandbox."""

from sandbox.problem import Problem, Sample, Text
from sandbox.surfaces import BANK, CONTROL


class StorageFull(Problem):
    code = "storage_full"
    status = 507
    met_on = frozenset({BANK, CONTROL})
    title = Text("Sin espacio en disco", "Storage full")
    says = Text(
        "No queda espacio en el disco del servidor; nada cambió. Libera espacio y repite la petición.",
        "The server's disk is full; nothing has changed. Free some space and send the request again.",
    )


class StorageReadOnly(Problem):
    code = "storage_read_only"
    status = 503
    met_on = frozenset({BANK, CONTROL})
    title = Text("Disco de solo lectura", "Storage read-only")
    says = Text(
        "El servidor no puede escribir en su carpeta de datos; nada cambió.",
        "The server cannot write to its data directory; nothing has changed.",
    )


class StorageUnreachable(Problem):
    code = "storage_unreachable"
    status = 503
    met_on = frozenset({BANK, CONTROL})
    title = Text("Base de datos sin conexión", "Database unreachable")
    says = Text(
        "El servidor no llega a su base de datos PostgreSQL. Repite la petición.",
        "The server cannot reach its PostgreSQL database. Send the request again.",
    )
    sample = Sample(headers={"Retry-After": "1"})


class StorageBusy(Problem):
    code = "storage_busy"
    status = 503
    met_on = frozenset({BANK, CONTROL})
    title = Text("Base de datos ocupada", "Database busy")
    says = Text(
        "Otras peticiones cambian lo mismo a la vez; nada cambió. Repite la petición.",
        "Other requests change the same at the same time; nothing has changed. Send the request again.",
    )
    sample = Sample(headers={"Retry-After": "1"})


class StorageMissing(Problem):
    code = "storage_missing"
    status = 503
    met_on = frozenset({BANK, CONTROL})
    title = Text("Carpeta de datos ausente", "Storage missing")
    says = Text(
        "La carpeta de datos del servidor ya no está; nada se guarda. Reinicia el servidor.",
        "The server's data directory is gone; nothing is stored. Start the server again.",
    )
