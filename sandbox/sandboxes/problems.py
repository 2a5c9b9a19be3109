"""What can be wrong with sandboxes and their files."""

from sandbox.problem import Problem, Sample, Text
from sandbox.surfaces import BANK, CONTROL


class InvalidSandboxName(Problem):
    code = "invalid_sandbox_name"
    status = 422
    title = Text("Nombre inválido", "Invalid name")
    says = Text(
        "Un nombre lleva de 1 a 63 minúsculas, cifras, guiones o guiones bajos, y empieza y termina en letra o cifra.",
        "A name has 1 to 63 lower-case letters, digits, hyphens or underscores, and a letter or digit at both ends.",
    )


class SandboxExists(Problem):
    code = "sandbox_exists"
    status = 409
    title = Text("El sandbox ya existe", "The sandbox exists")
    says = Text("Ya existe el sandbox «{name}».", "There is a sandbox “{name}” already.")


class SandboxElsewhere(Problem):
    code = "sandbox_elsewhere"
    status = 421
    met_on = frozenset({BANK, CONTROL})
    title = Text("El sandbox es de otro proceso", "The sandbox belongs to another process")
    says = Text(
        "El sandbox «{name}» es del proceso {theirs}, y este es el {ours}: pídelo al proxy.",
        "Sandbox “{name}” belongs to process {theirs}, and this is {ours}: ask the proxy for it.",
    )
    sample = Sample(values={"theirs": "2/2", "ours": "1/2"})


class ParentElsewhere(Problem):
    code = "parent_elsewhere"
    status = 409
    title = Text("El sandbox de origen es de otro proceso", "The parent belongs to another process")
    says = Text(
        "«{parent}» es del proceso {theirs}, y «{name}» del {ours}. Una copia llamada «{example}» queda junto a su "
        "origen.",
        "“{parent}” belongs to process {theirs}, and “{name}” to {ours}. A copy named “{example}” stays with its "
        "parent.",
    )
    sample = Sample(values={"parent": "default", "theirs": "2/2", "ours": "1/2", "example": "default--demo"})


class TooManySandboxes(Problem):
    code = "too_many_sandboxes"
    status = 409
    title = Text("Demasiados sandboxes", "Too many sandboxes")
    says = Text(
        "Ya hay {maximum} {maximum:sandbox|sandboxes}: borra alguno o sube SANDBOX_MAX_SANDBOXES.",
        "There {maximum:is|are} {maximum} {maximum:sandbox|sandboxes} already: delete one or raise "
        "SANDBOX_MAX_SANDBOXES.",
    )
    sample = Sample(values={"maximum": 10_000})


class DefaultSandboxStays(Problem):
    code = "default_sandbox_stays"
    status = 409
    title = Text("El sandbox default no se borra", "The default sandbox stays")
    says = Text("Reinícialo con POST /_sandbox/reset.", "Reset it with POST /_sandbox/reset.")


class DeletedSandboxNotFound(Problem):
    code = "deleted_sandbox_not_found"
    status = 404
    title = Text("No hay qué recuperar", "No such deleted sandbox")
    says = Text(
        "No se guarda ningún sandbox borrado «{name}»: GET /_sandbox/sandboxes dice cuáles.",
        "No deleted sandbox “{name}” is kept: GET /_sandbox/sandboxes lists those that are.",
    )


class SnapshotNotFound(Problem):
    code = "snapshot_not_found"
    status = 404
    title = Text("Snapshot inexistente", "No such snapshot")
    says = Text(
        "El sandbox «{sandbox}» no tiene el snapshot «{name}».", "Sandbox “{sandbox}” has no snapshot “{name}”."
    )


class SnapshotExists(Problem):
    code = "snapshot_exists"
    status = 409
    title = Text("El snapshot ya existe", "The snapshot exists")
    says = Text("Ya existe el snapshot «{name}».", "There is a snapshot “{name}” already.")


class SnapshotOfAnotherVersion(Problem):
    code = "snapshot_of_another_version"
    status = 409
    title = Text("Snapshot de otra versión", "Snapshot of another version")
    says = Text(
        "El snapshot tiene el esquema {theirs} y este servidor el {ours}; no hay migración entre ellos.",
        "The snapshot has schema {theirs}, this server {ours}; there is no migration between them.",
    )


class ImportRefused(Problem):
    code = "import_refused"
    status = 422
    title = Text("Archivo rechazado", "File refused")
    says = Text("Nada cambió: {reason}.", "Nothing has changed: {reason}.")


class SnapshotDamaged(Problem):
    code = "snapshot_damaged"
    status = 409
    title = Text("Snapshot dañado", "Snapshot damaged")
    says = Text(
        "El archivo del snapshot «{name}» está dañado ({reason}); bórralo.",
        "The file of snapshot “{name}” is damaged ({reason}); delete it.",
    )


class SandboxDamaged(Problem):
    code = "sandbox_damaged"
    status = 409
    met_on = frozenset({BANK, CONTROL})
    title = Text("Sandbox dañado", "Sandbox damaged")
    says = Text(
        "La base de datos del sandbox «{name}» está dañada ({reason}). Usa reset, restore o import, o bórralo.",
        "The database of sandbox “{name}” is damaged ({reason}). Reset it, restore a snapshot, import, or delete it.",
    )


class SandboxOfAnotherVersion(Problem):
    code = "sandbox_of_another_version"
    status = 409
    met_on = frozenset({BANK, CONTROL})
    title = Text("Sandbox de otra versión", "Sandbox of another version")
    says = Text(
        "El sandbox «{name}» tiene el esquema {theirs} y este servidor el {ours}. Expórtalo, reinícialo o bórralo.",
        "Sandbox “{name}” has schema {theirs}, this server {ours}. Export it, reset it or delete it.",
    )


class SandboxInUse(Problem):
    code = "sandbox_in_use"
    status = 409
    title = Text("Sandbox en uso por otro programa", "Sandbox in use by another program")
    says = Text(
        "Otro programa tiene abierta una transacción en la base de datos de «{name}»; ciérrala y repite.",
        "Another program has a transaction open in the database of “{name}”; end it and try again.",
    )
