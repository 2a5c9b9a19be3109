"""What every bank knows from its first day: whose it is, and the catalogues of its chapters."""

from collections.abc import Iterable
from pathlib import Path

from sandbox.bank.seeds import Seed
from sandbox.domain.institution import Institution
from sandbox.seeding.books import Books
from sandbox.seeding.documents import SeedInvalid, read


def institution(seed_dir: Path) -> Institution:
    """Whose bank it is. Raises SeedInvalid."""
    found, _ = read(seed_dir / "institution.yaml", Institution)
    return found


def add_all(books: Books, seed_dir: Path, seeds: Iterable[Seed], ours: Institution) -> None:
    """Every catalogue of every chapter, in their order. Raises SeedInvalid."""
    for seed in seeds:
        document, source = read(seed_dir / "catalogues" / f"{seed.name}.yaml", seed.shape)
        try:
            for row in seed.rows(document, ours):
                books.add(row.table, id=books.key(row.table), **row.columns)
        except ValueError as error:
            raise SeedInvalid(source.error((), str(error))) from None
