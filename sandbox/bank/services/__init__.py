"""Chapter 5, «Pago de Servicios»: bills, top-ups, registered services, scheduled payments."""
