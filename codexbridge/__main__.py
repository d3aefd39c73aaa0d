"""``python -m codexbridge``: the command line."""

from codexbridge.cli.main import main

if __name__ == "__main__":
    main(prog_name="codexbridge")
