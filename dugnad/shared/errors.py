"""Errors for the person who can mend them."""


class Refusal(Exception):
    """Input that is not accepted: what is wrong, where it is, what to do now.

    >>> str(Refusal("The code 301 is not a municipality", "row 4", "Write 0301."))
    'The code 301 is not a municipality (row 4). Write 0301.'
    """

    def __init__(self, what: str, where: str, remedy: str) -> None:
        super().__init__(what, where, remedy)
        self.what, self.where, self.remedy = what, where, remedy

    def __str__(self) -> str:
        return f"{self.what} ({self.where}). {self.remedy}"
