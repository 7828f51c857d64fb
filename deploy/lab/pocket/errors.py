"""The two ways in which a command can end badly; `lab` turns them into exit codes."""


class LabError(Exception):
    """The command was understood and failed (exit code 1). The text says what to do."""


class UsageError(Exception):
    """The command line names something that does not exist (exit code 2)."""
