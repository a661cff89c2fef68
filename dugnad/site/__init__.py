"""The shell around every page: base templates, components, front page, search, languages, error pages, root URLs."""
