"""Who delivers numbers: one module for each kind of source, found by its name.

`read(content, mapping) -> Reading` is a pure function of bytes and a mapping; where a source can be asked over the
network, `fetch(source, *, client) -> RawAnswer` asks it. Reading is always done by `dugnad.status.reading`, in a child
process, because the bytes come from strangers. Begin in `tabular`.
"""
