"""What paying a service can be refused for."""

from sandbox.problem import FieldError, Problem, Sample, Text


class ReferenceMalformed(Problem):
    code = "reference_malformed"
    status = 422
    title = Text("Referencia con otro formato", "Reference of another form")
    says = Text("{label}: revisa el formato, por ejemplo {example}.", "{label}: check the form, such as {example}.")
    sample = Sample(errors=[FieldError("reference", "reference_malformed", says)])


class ReferenceUnknown(Problem):
    code = "reference_unknown"
    status = 404
    title = Text("Referencia desconocida", "Unknown reference")
    says = Text("La empresa no conoce esa referencia.", "The company does not know that reference.")


class BillerUnavailable(Problem):
    code = "biller_unavailable"
    status = 503
    title = Text("Empresa no disponible", "Company not available")
    says = Text("La empresa no responde. Intenta más tarde.", "The company does not answer. Try later.")


class InquiryExpired(Problem):
    code = "inquiry_expired"
    status = 409
    title = Text("Consulta vencida", "Inquiry expired")
    says = Text("La consulta venció. Consulta de nuevo.", "The inquiry has expired. Ask again.")


class NothingDue(Problem):
    code = "nothing_due"
    status = 409
    title = Text("Sin deuda", "Nothing due")
    says = Text("Este servicio no tiene deuda.", "Nothing is due for this service.")


class BillAlreadyPaid(Problem):
    code = "bill_already_paid"
    status = 409
    title = Text("Ya está pagado", "Already paid")
    says = Text("Esa planilla ya se pagó o está por confirmarse.", "That bill is paid, or waits for its code.")


class NotATopUp(Problem):
    code = "not_a_top_up"
    status = 422
    title = Text("No es una recarga", "Not a top-up")
    says = Text("Consulta primero la deuda de este servicio.", "Ask first what is due for this service.")
    sample = Sample(errors=[FieldError("biller_id", "not_a_top_up", says)])


class ServiceAlreadyRegistered(Problem):
    code = "service_already_registered"
    status = 409
    title = Text("Servicio ya registrado", "Service already registered")
    says = Text("Ya tienes registrado ese servicio.", "You have registered that service already.")


class AlreadyScheduled(Problem):
    code = "already_scheduled"
    status = 409
    title = Text("Ya está programado", "Already scheduled")
    says = Text("Ya programaste el pago de ese servicio.", "You have scheduled the payment of that service already.")
