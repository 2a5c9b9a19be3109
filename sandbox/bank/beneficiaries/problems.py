"""What a beneficiary can be refused for."""

from sandbox.problem import FieldError, Problem, Sample, Text


class AccountHolderNotFound(Problem):
    code = "account_holder_not_found"
    status = 404
    title = Text("Cuenta inexistente", "No such account")
    says = Text(
        "No hay una cuenta {institution} activa con ese número.",
        "There is no active {institution} account of that number.",
    )


class BeneficiaryExists(Problem):
    code = "beneficiary_exists"
    status = 409
    title = Text("Beneficiario ya registrado", "Beneficiary exists")
    says = Text("Ya tienes registrado ese beneficiario.", "You have that beneficiary already.")


class InvalidHolderDocument(Problem):
    code = "invalid_holder_document"
    status = 422
    title = Text("Identificación inválida", "Invalid document")
    says = Text("La identificación del titular no es válida.", "The holder's document is not valid.")
    sample = Sample(errors=[FieldError("document_number", "invalid_holder_document", says)])


class OwnAccountAsBeneficiary(Problem):
    code = "own_account_as_beneficiary"
    status = 422
    title = Text("Es tu propia cuenta", "It is your own account")
    says = Text(
        "Para tus propias cuentas usa «Transferencias a mis Cuentas».", "For your own accounts, transfer between them."
    )
