"""What a code can be refused for."""

from typing import Any, ClassVar

from sandbox import rates
from sandbox.problem import Extras, Problem, Sample, Text

_ATTEMPTS_LEFT = {
    "attempts_left": {
        "type": "integer",
        "minimum": 0,
        "description": "How many wrong codes may still be entered before the operation is cancelled.",
    }
}


class NoPhoneOnFile(Problem):
    code = "no_phone_on_file"
    status = 409
    title = Text("Sin celular registrado", "No phone on file")
    says = Text(
        "No tenemos un celular tuyo para enviarte el código. Acércate a una agencia.",
        "There is no phone on file to send the code to. Visit a branch.",
    )


class WrongCode(Problem):
    code = "wrong_code"
    status = 422
    title = Text("Código incorrecto", "Wrong code")
    says = Text(
        "El código no es correcto. {attempts:Te queda|Te quedan} {attempts} {attempts:intento|intentos}.",
        "The code is not right. {attempts} {attempts:attempt|attempts} left.",
    )
    extras: ClassVar[Extras] = _ATTEMPTS_LEFT
    sample = Sample(extra={"attempts_left": 2})


class ChallengeLocked(Problem):
    code = "challenge_locked"
    status = 409
    title = Text("Operación cancelada por intentos fallidos", "Operation cancelled after failed attempts")
    says = Text(
        "Ingresaste un código incorrecto demasiadas veces y cancelamos la operación.",
        "A wrong code was entered too often, so the operation was cancelled.",
    )
    extras: ClassVar[Extras] = _ATTEMPTS_LEFT
    sample = Sample(extra={"attempts_left": 0})

    def __init__(self, **told: Any) -> None:
        super().__init__(**{"extra": {"attempts_left": 0}, **told})


class ChallengeExpired(Problem):
    code = "challenge_expired"
    status = 409
    title = Text("Código vencido", "Code expired")
    says = Text("El código venció. Inicia la operación de nuevo.", "The code has expired. Start the operation again.")


class ChallengeCancelled(Problem):
    code = "challenge_cancelled"
    status = 409
    title = Text("Operación cancelada", "Operation cancelled")
    says = Text("Esta operación fue cancelada.", "This operation was cancelled.")


class ChallengeConfirmed(Problem):
    code = "challenge_already_confirmed"
    status = 409
    title = Text("Operación ya confirmada", "Operation already confirmed")
    says = Text("Esta operación ya se confirmó.", "This operation was confirmed already.")


class ResendTooSoon(Problem):
    code = "resend_too_soon"
    status = 429
    title = Text("Espera para reenviar", "Wait before sending again")
    says = Text(
        "Espera {seconds} {seconds:segundo|segundos} para pedir otro código.",
        "Wait {seconds} {seconds:second|seconds} to ask for another code.",
    )
    sample = Sample(headers=rates.headers("otp.resend", 5, 3600, 30))


class CodeLimitReached(Problem):
    code = "code_limit_reached"
    status = 429
    title = Text("Demasiados códigos", "Too many codes")
    says = Text(
        "Pediste demasiados códigos en la última hora. Vuelve a intentarlo más tarde.",
        "You asked for too many codes within the hour. Try again later.",
    )
    sample = Sample(headers=rates.headers("otp.send", 10, 3600, 1800))


class GuessLimitReached(Problem):
    code = "guess_limit_reached"
    status = 429
    title = Text("Demasiados códigos incorrectos", "Too many wrong codes")
    says = Text(
        "Ingresaste demasiados códigos incorrectos en la última hora. Vuelve a intentarlo más tarde.",
        "You entered too many wrong codes within the hour. Try again later.",
    )
    sample = Sample(headers=rates.headers("otp.guess", 9, 3600, 1800))


class ResendLimitReached(Problem):
    code = "resend_limit_reached"
    status = 429
    title = Text("Demasiados códigos", "Too many codes")
    says = Text("Pediste demasiados códigos en la última hora.", "You asked for too many codes within the hour.")
    sample = Sample(headers=rates.headers("otp.resend", 5, 3600, 1800))


BY_STATUS: dict[str, type[Problem]] = {
    "confirmed": ChallengeConfirmed,
    "cancelled": ChallengeCancelled,
    "expired": ChallengeExpired,
    "locked": ChallengeLocked,
}
