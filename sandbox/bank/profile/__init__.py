"""Chapter 1, «Mi Perfil»: who the member is, what credentials must look like, which limits apply."""
