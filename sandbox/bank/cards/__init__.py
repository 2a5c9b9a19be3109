"""Chapter 6, «Pago Tarjetas»: the cooperative's own cards and those of other institutions."""
