"""Chapter 8, «Diferido de Tarjetas»."""
