"""The command line. `parser.py` lists the commands, and `arguments.py` says what each takes.

Each command has a module, imported when it runs. A module has `run(options) -> int`, which returns
the exit status.
"""
