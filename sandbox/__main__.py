"""`python -m sandbox`."""

from sandbox.cli.main import app

if __name__ == "__main__":
    app()
