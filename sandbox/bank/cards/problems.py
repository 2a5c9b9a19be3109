"""What paying a card can be refused for."""

from sandbox.problem import FieldError, Problem, Sample, Text


class InvalidCardNumber(Problem):
    code = "invalid_card_number"
    status = 422
    title = Text("Número de tarjeta inválido", "Invalid card number")
    says = Text(
        "Revisa el número de la tarjeta: su último dígito no corresponde a los demás.",
        "Check the card number: its last digit does not fit the others.",
    )
    sample = Sample(errors=[FieldError("number", "invalid_card_number", says)])


class CardAlreadyRegistered(Problem):
    code = "card_already_registered"
    status = 409
    title = Text("Tarjeta ya registrada", "Card already registered")
    says = Text("Ya tienes registrada esa tarjeta.", "You have registered that card already.")


class CardLimitExceeded(Problem):
    code = "card_limit_exceeded"
    status = 422
    title = Text("Monto sobre el máximo de la tarjeta", "Amount over the card's maximum")
    says = Text("El máximo de esta tarjeta es {maximum}.", "This card's maximum is {maximum}.")
    sample = Sample(errors=[FieldError("amount", "card_limit_exceeded", says)])


class MoreThanOwed(Problem):
    code = "more_than_owed"
    status = 422
    title = Text("Monto sobre la deuda", "More than is owed")
    says = Text("De esta tarjeta debes {owed}.", "{owed} is owed on this card.")
    sample = Sample(errors=[FieldError("amount", "more_than_owed", says)])


class CardNotActive(Problem):
    code = "card_not_active"
    status = 409
    title = Text("Tarjeta no activa", "Card not active")
    says = Text("La tarjeta no está activa.", "The card is not active.")


class CreditExceeded(Problem):
    code = "credit_exceeded"
    status = 409
    title = Text("Cupo insuficiente", "Credit exceeded")
    says = Text("El cupo disponible de la tarjeta no alcanza.", "The card's available credit does not suffice.")


class NothingOwed(Problem):
    code = "nothing_owed"
    status = 409
    title = Text("Sin deuda en la tarjeta", "Nothing owed on the card")
    says = Text("Esta tarjeta no debe un pago mínimo.", "No minimum payment is owed on this card.")
