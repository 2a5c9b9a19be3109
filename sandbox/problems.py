"""The problems that several parts of the server share. Slices declare their own beside their services."""

from typing import ClassVar

from sandbox import rates
from sandbox.problem import Extras, FieldError, Problem, Sample, Text
from sandbox.surfaces import BANK, CONTROL

_EVERYWHERE = frozenset({BANK, CONTROL})


class ValidationFailed(Problem):
    code = "validation_failed"
    status = 422
    title = Text("Datos inválidos", "Invalid data")
    says = Text("Revisa los campos señalados.", "Check the fields pointed out.")
    sample = Sample(
        errors=[
            FieldError(
                "amount",
                "bad_amount",
                Text("Escribe el monto con dos decimales.", "Write the amount with two decimals."),
            ),
            FieldError(
                "reference", "too_long", Text("Lleva como máximo 100 caracteres.", "It takes at most 100 characters.")
            ),
        ]
    )


class MalformedBody(Problem):
    code = "malformed_body"
    status = 400
    title = Text("Cuerpo ilegible", "Unreadable body")
    says = Text("El cuerpo no es JSON válido en UTF-8.", "The body is not valid JSON in UTF-8.")


class BodyTooLarge(Problem):
    code = "body_too_large"
    status = 413
    met_on = _EVERYWHERE
    title = Text("Cuerpo demasiado grande", "Body too large")
    says = Text("El cuerpo supera el máximo de {maximum} bytes.", "The body exceeds the maximum of {maximum} bytes.")
    sample = Sample(values={"maximum": 262_144})


class UnsupportedMediaType(Problem):
    code = "unsupported_media_type"
    status = 415
    title = Text("Tipo de contenido no admitido", "Unsupported media type")
    says = Text("Envía el cuerpo como application/json.", "Send the body as application/json.")


class HeadersTooLarge(Problem):
    code = "headers_too_large"
    status = 431
    met_on = _EVERYWHERE
    title = Text("Encabezados demasiado grandes", "Headers too large")
    says = Text(
        "La línea de petición y los encabezados superan {maximum} bytes.",
        "The request line and headers exceed {maximum} bytes.",
    )
    sample = Sample(values={"maximum": 65_536})


class RequestTimeout(Problem):
    code = "request_timeout"
    status = 408
    met_on = _EVERYWHERE
    title = Text("La petición tardó demasiado", "Request timeout")
    says = Text("La petición no llegó completa a tiempo.", "The request did not arrive in time.")


class MalformedRequest(Problem):
    code = "malformed_request"
    status = 400
    met_on = _EVERYWHERE
    title = Text("Petición ilegible", "Malformed request")
    says = Text("La petición no es HTTP válido.", "The request is not valid HTTP.")


class InvalidHost(Problem):
    code = "invalid_host"
    status = 400
    met_on = _EVERYWHERE
    title = Text("Encabezado Host inválido", "Invalid Host header")
    says = Text("Una petición HTTP/1.1 lleva exactamente un Host.", "An HTTP/1.1 request has exactly one Host.")


class NotFound(Problem):
    code = "not_found"
    status = 404
    met_on = _EVERYWHERE
    title = Text("No encontrado", "Not found")
    says = Text("No existe lo que buscas.", "What you look for does not exist.")


class MethodNotAllowed(Problem):
    code = "method_not_allowed"
    status = 405
    met_on = _EVERYWHERE
    title = Text("Método no permitido", "Method not allowed")
    says = Text(
        "Esta ruta no admite ese método; Allow dice cuáles.", "This path does not take that method; Allow says which."
    )


class InternalError(Problem):
    code = "internal_error"
    status = 500
    met_on = _EVERYWHERE
    title = Text("Error interno", "Internal error")
    says = Text("Ocurrió un error inesperado; nada cambió.", "Something unexpected went wrong; nothing has changed.")


class SandboxNotFound(Problem):
    code = "sandbox_not_found"
    status = 404
    met_on = _EVERYWHERE
    title = Text("Sandbox inexistente", "No such sandbox")
    says = Text("No existe el sandbox «{name}».", "There is no sandbox “{name}”.")


class InvalidToken(Problem):
    code = "invalid_token"
    status = 401
    title = Text("Credencial inválida", "Invalid token")
    says = Text("Ingresa nuevamente para continuar.", "Log in again to go on.")
    sample = Sample(headers={"WWW-Authenticate": 'Bearer realm="{realm}", error="invalid_token"'})


class SessionExpired(Problem):
    code = "session_expired"
    status = 401
    title = Text("Sesión expirada", "Session expired")
    says = Text("Tu sesión expiró. Ingresa nuevamente.", "Your session has expired. Log in again.")
    sample = Sample(headers={"WWW-Authenticate": 'Bearer realm="{realm}", error="invalid_token"'})


class IdempotencyKeyReused(Problem):
    code = "idempotency_key_reused"
    status = 422
    title = Text("Clave de idempotencia reutilizada", "Idempotency key reused")
    says = Text(
        "Esa Idempotency-Key ya se usó con otra petición.", "That Idempotency-Key was used with another request."
    )


class IdempotencyInProgress(Problem):
    code = "idempotency_in_progress"
    status = 409
    title = Text("Petición en curso", "Request in progress")
    says = Text(
        "La primera petición con esa Idempotency-Key aún no termina.",
        "The first request with that Idempotency-Key is still running.",
    )


class InvalidIdempotencyKey(Problem):
    code = "invalid_idempotency_key"
    status = 400
    title = Text("Clave de idempotencia inválida", "Invalid idempotency key")
    says = Text(
        "Idempotency-Key lleva de 1 a 255 caracteres ASCII visibles.",
        "Idempotency-Key takes 1 to 255 visible ASCII characters.",
    )


class InvalidCursor(Problem):
    code = "invalid_cursor"
    status = 422
    title = Text("Cursor inválido", "Invalid cursor")
    says = Text(
        "Ese cursor no viene de esta lista. Usa el next_cursor de su página anterior, con los mismos filtros.",
        "That cursor does not come from this list. Use the next_cursor of its page before, with the same filters.",
    )


class ForbiddenOrigin(Problem):
    code = "forbidden_origin"
    status = 403
    met_on = frozenset({CONTROL})
    title = Text("Origen no permitido", "Origin not allowed")
    says = Text(
        "El plano de control no atiende a «{value}». Para admitirlo, agrégalo a {setting}.",
        "The control plane does not answer “{value}”. To admit it, add it to {setting}.",
    )
    sample = Sample(values={"value": "http://localhost:5173", "setting": "SANDBOX_CONTROL_ORIGINS"})


class ControlTokenRequired(Problem):
    code = "control_token_required"
    status = 401
    met_on = frozenset({CONTROL})
    title = Text("Falta la clave de control", "Control token required")
    says = Text(
        "Envía la clave de control como Authorization: Bearer.", "Send the control token as Authorization: Bearer."
    )
    sample = Sample(headers={"WWW-Authenticate": 'Bearer realm="control"'})


class ProblemNotDeclared(Problem):
    code = "problem_not_declared"
    status = 400
    met_on = frozenset({BANK})
    title = Text("Ese problema no se da aquí", "No such problem here")
    says = Text(
        "Esta operación no responde «{name}»; puede responder los de «possible».",
        "This operation never answers “{name}”; it may answer those in “possible”.",
    )
    extras: ClassVar[Extras] = {
        "possible": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The codes that the operation can be asked for.",
        }
    }
    sample = Sample(extra={"possible": ["insufficient_funds", "validation_failed"]})


class ServiceUnavailable(Problem):
    code = "service_unavailable"
    status = 503
    title = Text("Servicio no disponible", "Service unavailable")
    says = Text("Estamos en mantenimiento. Vuelve a intentarlo.", "We are under maintenance. Try again.")
    sample = Sample(headers={"Retry-After": "30"})


class KeeperUnreachable(Problem):
    code = "keeper_unreachable"
    status = 503
    met_on = _EVERYWHERE
    title = Text("Proceso en reinicio", "Keeper unreachable")
    says = Text(
        "El proceso que atiende el plano de control se está reiniciando. Repite la petición; si cambiaba algo, mira "
        "antes si ya cambió.",
        "The process that serves the control plane is being started again. Send the request again; if it changes "
        "something, check first whether that has changed.",
    )
    sample = Sample(headers={"Retry-After": "1"})


class AccessLocked(Problem):
    code = "access_locked"
    status = 423
    title = Text("Acceso bloqueado", "Access locked")
    says = Text(
        "Tu acceso está bloqueado. Vuelve a intentarlo después de las {until}.",
        "Your access is locked. Try again after {until}.",
    )
    sample = Sample(headers={"Retry-After": "900"})


class MemberNotActive(Problem):
    code = "member_not_active"
    status = 403
    title = Text("Socio inactivo", "Member not active")
    says = Text("Tu cuenta de socio no está activa. Contáctanos.", "Your membership is not active. Contact us.")


class RateLimited(Problem):
    code = "rate_limited"
    status = 429
    title = Text("Demasiadas solicitudes", "Too many requests")
    says = Text(
        "Espera {seconds} {seconds:segundo|segundos} y vuelve a intentarlo.",
        "Wait {seconds} {seconds:second|seconds} and try again.",
    )
    sample = Sample(headers=rates.headers("holder-lookups", 10, 60, 30))


class InsufficientFunds(Problem):
    code = "insufficient_funds"
    status = 409
    title = Text("Fondos insuficientes", "Insufficient funds")
    says = Text(
        "Tu saldo disponible no alcanza para esta operación.", "Your available balance does not cover this operation."
    )


class DeferralNotEligible(Problem):
    code = "deferral_not_eligible"
    status = 422
    title = Text("No se puede diferir", "Not eligible for deferral")
    says = Text("Ese consumo o tarjeta no se puede diferir.", "That purchase or card cannot be deferred.")
    sample = Sample(
        errors=[FieldError("purchase_ids", "overdue", Text("La tarjeta está vencida.", "The card is overdue."))]
    )


class AppUpdateRequired(Problem):
    code = "app_update_required"
    status = 426
    title = Text("Actualiza la app", "Update the app")
    says = Text(
        "Tu versión ya no es compatible: instala la {minimum} o una posterior.",
        "Your version is no longer supported: install {minimum} or later.",
    )


class RuleRefused(Problem):
    code = "rule_refused"
    status = 422
    met_on = frozenset({BANK})
    title = Text("Operación no permitida", "Operation not allowed")
    says = Text("Una regla no permite esta operación.", "A rule does not allow this operation.")


class LimitExceeded(Problem):
    code = "limit_exceeded"
    status = 422
    title = Text("Monto sobre el máximo", "Amount over the maximum")
    says = Text("El monto supera el máximo permitido.", "The amount exceeds the maximum allowed.")


class DailyLimitExceeded(Problem):
    code = "daily_limit_exceeded"
    status = 422
    title = Text("Cupo diario agotado", "Daily limit used up")
    says = Text("El monto supera tu cupo diario.", "The amount exceeds your daily limit.")


class OwnLimitExceeded(Problem):
    code = "own_limit_exceeded"
    status = 422
    title = Text("Monto sobre tu propio límite", "Amount over your own limit")
    says = Text("El monto supera el límite que definiste.", "The amount exceeds the limit you set.")


class AccountNotDebitable(Problem):
    code = "account_not_debitable"
    status = 422
    title = Text("Cuenta no debitable", "Account not debitable")
    says = Text(
        "De esta cuenta no se puede debitar. Elige una cuenta de ahorros.",
        "This account cannot be debited. Choose a savings account.",
    )


class AccountNotActive(Problem):
    code = "account_not_active"
    status = 422
    title = Text("Cuenta inactiva", "Account not active")
    says = Text("La cuenta no está activa.", "The account is not active.")


class PasswordNotAllowed(Problem):
    code = "password_not_allowed"
    status = 422
    title = Text("Contraseña no permitida", "Password not allowed")
    says = Text("La contraseña no cumple las reglas señaladas.", "The password fails the rules pointed out.")


class UsernameNotAllowed(Problem):
    code = "username_not_allowed"
    status = 422
    title = Text("Usuario no permitido", "Username not allowed")
    says = Text("El usuario no cumple las reglas señaladas.", "The username fails the rules pointed out.")


class ReceiptNotReady(Problem):
    code = "receipt_not_ready"
    status = 409
    title = Text("Sin comprobante", "No receipt yet")
    says = Text(
        "El comprobante existe cuando la operación se ejecuta.", "There is a receipt once the operation has run."
    )
