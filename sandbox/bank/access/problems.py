"""What keeps a member out."""

from sandbox.problems import Problem, Text


class InvalidCredentials(Problem):
    code = "invalid_credentials"
    status = 401
    title = Text("Datos de acceso incorrectos", "Wrong credentials")
    says = Text("El usuario o la contraseña no son correctos.", "The username or the password is not right.")


class AccessLocked(Problem):
    code = "access_locked"
    status = 423
    title = Text("Acceso bloqueado", "Access locked")
    says = Text(
        "Bloqueamos tu acceso por varios intentos fallidos. Vuelve a intentarlo después de las {until}.",
        "Your access is locked after several failed attempts. Try again after {until}.",
    )


class MemberNotActive(Problem):
    code = "member_not_active"
    status = 403
    title = Text("Socio inactivo", "Member not active")
    says = Text("Tu cuenta de socio no está activa. Contáctanos.", "Your membership is not active. Contact us.")


class DeviceNotRegistered(Problem):
    code = "device_not_registered"
    status = 409
    title = Text("Dispositivo no registrado", "Device not registered")
    says = Text(
        "Únicamente podrás ingresar desde tu dispositivo registrado.",
        "You can only log in from your registered device.",
    )


class RefreshTokenReused(Problem):
    code = "refresh_token_reused"
    status = 401
    title = Text("Credencial ya usada", "Refresh token reused")
    says = Text(
        "Esa credencial ya se usó, así que cerramos la sesión.", "That token was used before, so the session was ended."
    )
