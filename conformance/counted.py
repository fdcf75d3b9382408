"""Numbers with the word that they count, in the singular for one."""


def counted(number: float, one: str, several: str = "") -> str:
    """As in "1 credit", "2.5 credits" and "3 entries"; `several` is the plural where it is not `one` with an s."""
    return f"{number if isinstance(number, int) else f'{number:g}'} {one if number == 1 else several or f'{one}s'}"
