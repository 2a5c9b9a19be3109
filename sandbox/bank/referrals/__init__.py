"""Chapter 11, «Recomendar»."""
