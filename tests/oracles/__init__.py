"""Slow, obvious twins of fast code: plain Python, written from the rules and not from the product.

| what is computed | where | its twin, and the test that lays them together |
|---|---|---|
| scores, filling, goals, index, ranks, colours | status/methods/steps, scoring, colours | `index`; methods/test_score |
| ways to normalise, arrows of goals, groups, influence | the same, ranks | `index`; methods/test_composites |
| ways to normalise, arrows of goals, groups, influence | the same | `index`; methods/test_composites |
| the same on DuckDB and Spark | status/expressions | `index`; status/test_expressions |
| performance to benchmark | status/methods/benchmark | `index`; methods/test_judgements |
| performance level by level | status/queries/performance | `index`; status/test_set_performance |
| progress, the straight path, limits | status/methods/progress | `progress`; methods/test_judgements |
| intervals, funnels, noise | status/methods/chance | `order`; methods/test_chance, test_composites |
| quantiles, ranks on one figure | status/methods/order, ranks | `order`; methods/test_order |
| likeness | status/methods/likeness | methods/test_likeness |
| slopes, projections, probabilities, statuses | status/trends | `trends`; oracles/test_trends |
| latest and earlier figures of a place | status/queries/standing | oracles/test_standing |
| how municipalities lie in a period | status/queries/series, store | `index.percentile`; oracles/test_spreads |
| figures on other borders | status/borders | `borders`; borders/test_carrying |
| histories of places | places | oracles/test_places_redistricting |
| hiding, rounding, what can be recovered | status/disclosure | `disclosure`; disclosure/ |
| sizes of revisions | status/rules | `sizes`; status/test_vintages |
| reading of JSON-stat and tables | status/providers | `jsonstat`, `tabular`; status/test_jsonstat, test_tabular |
| misspelt words | places | `words`; places/test_rules |
| titles met by a search | site/rules | `words`; site/test_rules |
"""
