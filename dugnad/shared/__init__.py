"""What two or more parts already need.

`writing` is the one write path, `periods` time, `text` translated text, `numbers` how figures are written,
`sorting` Norwegian order, `errors` refusals a person can act on, `charts` pictures as SVG. Begin with `writing`.
"""
