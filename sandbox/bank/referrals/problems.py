"""What keeps a recommendation from being made."""

from sandbox.problem import Problem, Text


class AlreadyReferred(Problem):
    code = "already_referred"
    status = 409
    title = Text("Ya la recomendaste", "Already referred")
    says = Text("Ya recomendaste la app a ese celular.", "You have recommended the app to that phone already.")
