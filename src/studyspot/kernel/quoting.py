"""Names and texts inside SQL, where the server takes no arguments."""


def quote_identifier(name: str) -> str:
    """For the few statements that cannot take a name as an argument (CREATE DATABASE, GRANT)."""
    return '"' + name.replace('"', '""') + '"'


def quote_literal(text: str) -> str:
    """For utility statements, which take no arguments."""
    if "\x00" in text:
        raise ValueError("A literal cannot hold NUL.")
    return "'" + text.replace("'", "''") + "'"
