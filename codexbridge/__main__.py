"""``python -m codexbridge``."""

from codexbridge.cli.main import main

main(prog_name="codexbridge")
