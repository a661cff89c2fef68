"""Small numbers: which are hidden, and whether what is published around them lets anyone compute them.

    statements     what each release says of each number: a value, "hidden", or nothing
    relations      which numbers add up: parts to a whole, municipalities to a county, old borders to new
    auditing       the smallest and the largest each hidden number can be, given everything that is published
    protecting     which small numbers to hide, and which others with them, so that none can be computed
    rounding       the other way: 1 and 2 become 0 or 3, and the totals still add up

Everything here is a function of values. `queries/disclosure.py` gathers what is published; an import is protected when
it is read, before its observations are stored anywhere but in the raw file, and audited again when it is published.
A hidden number is *recoverable* when its interval is narrower than the threshold: begin in `model.py`.
"""
