"""What keeps a member out."""

from typing import ClassVar

from sandbox.problem import Extras, FieldError, Problem, Sample, Text


class InvalidCredentials(Problem):
    code = "invalid_credentials"
    status = 401
    title = Text("Datos de acceso incorrectos", "Wrong credentials")
    says = Text("El usuario o la contraseña no son correctos.", "The username or the password is not right.")
    sample = Sample(headers={"WWW-Authenticate": 'Bearer realm="{realm}"'})


class DeviceNotRegistered(Problem):
    code = "device_not_registered"
    status = 409
    title = Text("Dispositivo no registrado", "Device not registered")
    says = Text(
        "Únicamente podrás ingresar desde tu dispositivo registrado.",
        "You can only log in from your registered device.",
    )
    extras: ClassVar[Extras] = {
        "registered_device": {
            "type": "object",
            "description": "The device that may log in.",
            "required": ["name", "platform"],
            "properties": {
                "name": {"type": "string", "description": "What the device is called."},
                "platform": {"type": "string", "enum": ["android", "ios"], "description": "Its operating system."},
            },
        },
        "replacement": {
            "type": "object",
            "description": "The request that puts this device in its place.",
            "required": ["method", "href"],
            "properties": {
                "method": {"type": "string", "const": "POST", "description": "The request's method."},
                "href": {"type": "string", "format": "uri-reference", "description": "The request's path."},
            },
        },
    }
    sample = Sample(
        extra={
            "registered_device": {"name": "Galaxy A54 de Rosa", "platform": "android"},
            "replacement": {"method": "POST", "href": "/v1/sessions/device-replacements"},
        }
    )


class DeviceLimitReached(Problem):
    code = "device_limit_reached"
    status = 409
    title = Text("Ya tienes un dispositivo", "You have a device already")
    says = Text(
        "Únicamente podrás registrar {maximum} {maximum:dispositivo|dispositivos}. Elimina el antiguo o reemplázalo.",
        "You can register {maximum} {maximum:device|devices} only. Delete the old one or replace it.",
    )
    sample = Sample(values={"maximum": 1})


class RefreshTokenReused(Problem):
    code = "refresh_token_reused"
    status = 401
    title = Text("Credencial ya usada", "Refresh token reused")
    says = Text(
        "Esa credencial ya se usó, así que cerramos la sesión.", "That token was used before, so the session was ended."
    )
    sample = Sample(headers={"WWW-Authenticate": 'Bearer realm="{realm}", error="invalid_token"'})


class InvalidDocument(Problem):
    code = "invalid_document"
    status = 422
    title = Text("Identificación inválida", "Invalid document")
    says = Text(
        "Revisa el número: la cédula lleva 10 dígitos, y el último depende de los demás; el pasaporte, de {shortest} a "
        "{longest} {longest:letra o dígito|letras o dígitos}.",
        "Check the number: a cédula has 10 digits, and the last one depends on the others; a passport has "
        "{shortest} to {longest} {longest:letter or digit|letters or digits}.",
    )
    sample = Sample(values={"shortest": 5, "longest": 12})


class NotAMember(Problem):
    code = "not_a_member"
    status = 404
    title = Text("No eres socio", "Not a member")
    says = Text("No encontramos un socio con esa identificación.", "There is no member with that document number.")


class NoActiveAccount(Problem):
    code = "no_active_account"
    status = 409
    title = Text("Sin cuenta activa", "No active account")
    says = Text("Es necesario tener una cuenta activa.", "An active account is needed.")


class AlreadyEnrolled(Problem):
    code = "already_enrolled"
    status = 409
    title = Text("Ya estás afiliado", "Already enrolled")
    says = Text("Ya tienes usuario. Si lo olvidaste, recupéralo.", "You have a username. If you forgot it, recover it.")


class NotVerified(Problem):
    code = "not_verified"
    status = 409
    title = Text("Falta el código", "Code missing")
    says = Text("Confirma primero el código que te enviamos.", "Confirm the code we sent first.")


class ProcedureOver(Problem):
    code = "procedure_over"
    status = 409
    title = Text("Trámite terminado", "Procedure over")
    says = Text("Este trámite ya terminó o venció. Inícialo de nuevo.", "This is over or has expired. Start again.")


class UsernameTaken(Problem):
    code = "username_taken"
    status = 409
    title = Text("Usuario no disponible", "Username not available")
    says = Text("Ese usuario ya existe. Elige otro.", "That username exists. Choose another.")


class CurrentCredentialWrong(Problem):
    code = "current_credential_wrong"
    status = 422
    title = Text("Dato actual incorrecto", "Current credential wrong")
    says = Text("El usuario o la contraseña actual no es correcto.", "The current username or password is not right.")
    sample = Sample(errors=[FieldError("current_password", "wrong", Text("No es correcto.", "It is not right."))])


class BiometricsNotEnabled(Problem):
    code = "biometrics_not_enabled"
    status = 409
    title = Text("Biometría no habilitada", "Biometrics not enabled")
    says = Text("Habilita primero la huella o el rostro.", "Enable fingerprint or face first.")


class BiometricsBlocked(Problem):
    code = "biometrics_blocked"
    status = 423
    title = Text("Biometría bloqueada", "Biometrics blocked")
    says = Text("Ingresa con tu contraseña para volver a usarla.", "Log in with your password to use it again.")


class BiometricsRefused(Problem):
    code = "biometrics_refused"
    status = 401
    title = Text("No te reconocimos", "Not recognised")
    says = Text(
        "La firma del dispositivo no es válida. Inténtalo de nuevo o ingresa con tu contraseña.",
        "The device's signature is not valid. Try again or log in with your password.",
    )
    sample = Sample(headers={"WWW-Authenticate": 'Bearer realm="{realm}"'})


class InvalidPublicKey(Problem):
    code = "invalid_public_key"
    status = 422
    title = Text("Clave inválida", "Invalid key")
    says = Text(
        "Envía una clave pública P-256: SPKI en PEM, SPKI o punto sin comprimir en Base64, o JWK.",
        "Send a P-256 public key: SPKI in PEM, SPKI or uncompressed point in Base64, or a JWK.",
    )
    sample = Sample(errors=[FieldError("public_key", "invalid_public_key", says)])
