"""Chapter 0: who may come in. Members, their device, sessions."""
