"""Chapter 4, «Transferencias»: to one's own accounts, to other members, to other institutions."""
