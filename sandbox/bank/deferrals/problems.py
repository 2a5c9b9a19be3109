"""What deferring can be refused for, besides eligibility."""

from sandbox.problem import FieldError, Problem, Sample, Text


class TermNotOffered(Problem):
    code = "term_not_offered"
    status = 422
    title = Text("Plazo no ofrecido", "Term not offered")
    says = Text("Ese plan no ofrece ese plazo o gracia.", "That plan does not offer that term or grace.")
    sample = Sample(errors=[FieldError("term_months", "term_not_offered", says)])


class SimulationExpired(Problem):
    code = "simulation_expired"
    status = 409
    title = Text("Simulación vencida", "Simulation expired")
    says = Text("La simulación venció. Simula de nuevo.", "The simulation has expired. Simulate again.")


class DeferralNotActive(Problem):
    code = "deferral_not_active"
    status = 409
    title = Text("Diferido no vigente", "Deferral not active")
    says = Text("Ese diferido no está vigente.", "That deferral is not active.")
