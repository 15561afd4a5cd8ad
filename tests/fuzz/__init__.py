"""Every decoder against any bytes. `targets` names them; pytest runs each briefly, `python -m tests.fuzz` as long as one likes."""
