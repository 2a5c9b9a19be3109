"""What a transfer can be refused for, besides rules and funds."""

from sandbox.problem import Problem, Text


class SameAccount(Problem):
    code = "same_account"
    status = 422
    title = Text("Misma cuenta", "Same account")
    says = Text(
        "La cuenta de origen y la de destino son la misma. Elige otra cuenta de destino.",
        "Origin and destination are the same account. Choose another destination.",
    )


class DestinationNotCreditable(Problem):
    code = "destination_not_creditable"
    status = 422
    title = Text("Cuenta de destino no disponible", "Destination cannot be credited")
    says = Text("La cuenta de destino no puede recibir dinero.", "The destination account cannot receive money.")


class BeneficiaryLimitExceeded(Problem):
    code = "beneficiary_limit_exceeded"
    status = 422
    title = Text("Monto sobre el máximo del beneficiario", "Amount over the beneficiary's maximum")
    says = Text(
        "El monto supera el máximo del beneficiario.", "The amount exceeds the maximum set for the beneficiary."
    )


class BeneficiaryKindMismatch(Problem):
    code = "beneficiary_kind_mismatch"
    status = 422
    title = Text("Beneficiario de otro tipo", "Beneficiary of another kind")
    says = Text(
        "Ese beneficiario no es de este tipo de transferencia.", "That beneficiary is not for this kind of transfer."
    )
