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
    says = Text(
        "Revisa la identificación del titular: la cédula lleva 10 dígitos, el RUC 13, y el pasaporte de {shortest} a "
        "{longest} {longest:letra o dígito|letras o dígitos}; cédula y RUC tienen un dígito que depende de los demás.",
        "Check the holder's document: a cédula has 10 digits, a RUC 13, a passport {shortest} to {longest} "
        "{longest:letter or digit|letters or digits}; a cédula and a RUC have a digit that depends on the others.",
    )
    sample = Sample(
        values={"shortest": 5, "longest": 12},
        errors=[FieldError("document_number", "invalid_holder_document", says)],
    )


class OwnAccountAsBeneficiary(Problem):
    code = "own_account_as_beneficiary"
    status = 422
    title = Text("Es tu propia cuenta", "It is your own account")
    says = Text(
        "Para tus propias cuentas usa «Transferencias a mis Cuentas».", "For your own accounts, transfer between them."
    )
