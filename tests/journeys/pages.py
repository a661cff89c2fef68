"""The types of pages a reader can meet, each by one address without its language."""

PLACES = {
    "municipality": "kommune/X101",
    "municipality with little": "kommune/X105",
    "municipality that is no more": "kommune/X103",
    "goal at a municipality": "kommune/X101/mal/13",
    "goal without figures": "kommune/X105/mal/14",
    "county": "fylke/X1",
    "goal at a county": "fylke/X1/mal/1",
}
NUMBERS = {
    "goals": "mal/",
    "goal": "mal/13",
    "indicator sets": "indikatorsett/",
    "indicator set": "indikatorsett/norge",
    **PLACES,
    "indicator": "indikator/eksempel.2024.utslipp",
    "indicator in an earlier period": "indikator/eksempel.2024.utslipp?periode=2020",
    "indicator in parts": "indikator/eksempel.2024.heltid",
    "method": "indikator/eksempel.2024.utslipp/metode",
    "explanation": "forklar/eksempel.2024.lavinntekt/X101/2015",
    "explanation of what is missing": "forklar/eksempel.2024.folketall/X105/2020",
    "methods": "metode/",
    "method document": "metode/sdg-index",
    "method of one series": "metode/progress-statcan",
    "comparison": "sammenlign?sted=X101&sted=X104&sted=X112",
    "releases": "publisering/",
    "problems": "problemer",
    "release": "publisering/eksempel-utslipp/2",
    "first release": "publisering/eksempel-arlig/1",
    "from release to release": "kommune/X102/historikk/eksempel.2024.utslipp",
    "release calendar": "kalender",
}
TEXTS = {
    "front": "",
    "search": "sok?q=klima",
    "nothing found": "sok?q=xqzw",
    "empty comparison": "sammenlign",
    "about": "om/",
    "how to read the numbers": "om/tallene",
    "open data": "om/data",
    "accessibility": "om/tilgjengelighet",
    "try a method": "metode/prov?eksempel=1",
    "privacy": "om/personvern",
    "feedback": "om/meld-fra?side=/nb/kommune/X101",
    "sign in": "logg-inn/",
    "forgotten password": "konto/passord/glemt/",
}
MISSING = {"no such page": "kommunar/skein", "no such place": "kommune/9999"}
# What only the real data can show: long tables, gaps, protected figures, a split.
REAL = {
    "real municipality": "kommune/4003",
    "real municipality with gaps": "kommune/4036",
    "real split": "kommune/1508",
    "real goal": "kommune/4003/mal/3",
    "real county": "fylke/40",
    "real indicator": "indikator/norge.2026.ghg_per_capita",
    "real indicator everywhere": "indikator/norge.2026.population",
    "real method": "indikator/norge.2026.life_expectancy/metode",
    "real comparison": "sammenlign?sted=4003&sted=4001&sted=4036",
    "real explanation": "forklar/norge.2026.unemployment/4003/2024",
    "real release": "publisering/population/2",
}
ALL = {**TEXTS, **NUMBERS, **MISSING, **REAL}
