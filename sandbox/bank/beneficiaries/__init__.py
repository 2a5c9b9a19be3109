"""Chapter 4, «Administración de Beneficiarios»: whom a member sends money to."""
